// SPDX-License-Identifier: Apache-2.0
/** The contract on Fabric as a home of the ledger: commands go through the outbox, questions straight to the peer. */
import { bytesToHex } from '../codec/hex.ts';
import { refusalError } from '../contract/answer.ts';
import type { Command } from '../contract/commands.ts';
import { ContractError } from '../contract/errors.ts';
import type { ContractHost, Reply } from '../contract/host.ts';
import { decodeReadResult, encodeReadArgs, type ReadArgs, type ReadName, type ReadResult } from '../contract/reads.ts';
import { decodeSignedCommand, type SignedCommand } from '../contract/signed-command.ts';
import { sha256 } from '../crypto/sha256.ts';
import { FabricError } from './errors.ts';
import type { Outbox } from './outbox.ts';
import type { Kind, Queueable, State } from './outbox-store.ts';
import { outcomeOf } from './outcome.ts';
import type { FabricPort } from './port.ts';

/** What all anchors of our log are about: they wait for one another. */
export const ANCHOR_SUBJECT = 'anchor';

/** A command that is on disk; it reaches the ledger whatever happens to this process. */
export interface Queued {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** Rejects as `submit` does. */
  readonly answer: Promise<Reply>;
}

export class FabricHost implements ContractHost {
  readonly #outbox: Outbox;
  readonly #port: FabricPort;
  readonly #mspId: string;

  constructor(outbox: Outbox, port: FabricPort, mspId: string) {
    this.#outbox = outbox;
    this.#port = port;
    this.#mspId = mspId;
  }

  /**
   * Waits until the command is committed or refused, also through a day without network. `sealed`: the side-store record of its
   * details, for the private collection. Rejects with FABRIC_OUTBOX_FULL; with FABRIC_CLOSED: then it goes on after the next start; and
   * with FABRIC_TRANSACTION_INVALID if the channel, not the contract, can never take it.
   */
  async submit(signed: Uint8Array, sealed?: Uint8Array): Promise<Reply> {
    try {
      return await this.enqueue(signed, sealed).answer;
    } catch (error) {
      if (error instanceof ContractError) return { kind: 'refused', code: error.code, detail: error.message };
      throw error;
    }
  }

  /** The same for who cannot wait: when it returns, the command is on disk. Throws COMMAND_MALFORMED or FABRIC_OUTBOX_FULL. */
  enqueue(signed: Uint8Array, sealed?: Uint8Array): Queued {
    const decoded = decodeSignedCommand(signed, sha256);
    return { id: decoded.id, answer: this.#outbox.send(queueable(decoded, signed, sealed)) };
  }

  /** How far a command is, by its id; undefined if it was never here, or is answered long since. */
  find(id: Uint8Array): { readonly state: State; readonly reply?: Reply } | undefined {
    return this.#outbox.find(id);
  }

  /** Rejects with the contract's codes, or FABRIC_UNREACHABLE. */
  async read<N extends ReadName>(name: N, args: ReadArgs<N>): Promise<ReadResult<N>> {
    return decodeReadResult(name, await this.#answerOf(this.#port.read(name, encodeReadArgs(name, args))));
  }

  /** Its parts are closed by who opened them. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #answerOf(answer: Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof FabricError) throw error;
      const outcome = outcomeOf(error, this.#mspId);
      if (outcome.kind === 'refused') throw refusalError(outcome);
      throw new FabricError('FABRIC_UNREACHABLE', undefined, { cause: error });
    }
  }
}

function queueable({ id, command }: SignedCommand, signed: Uint8Array, sealed: Uint8Array | undefined): Queueable {
  const kind: Kind = command.type === 'revokeConsent' ? 'revocation' : 'command';
  return { id, kind, subject: subjectOf(command) ?? bytesToHex(id), command: signed, sealed };
}

/** What a revocation must not overtake: the grant that it revokes. */
function subjectOf(command: Command): string | undefined {
  if (command.type === 'anchorCheckpoint') return ANCHOR_SUBJECT;
  return 'consent' in command && command.consent ? bytesToHex(command.consent) : undefined;
}
