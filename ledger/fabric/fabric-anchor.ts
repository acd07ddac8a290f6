// SPDX-License-Identifier: Apache-2.0
/**
 * The contract on Fabric as a home of our log's head. Each head becomes a signed command with the proof that it extends the one that the
 * ledger holds. One anchor is under way at a time; a newer head takes the place of one that nothing was signed for.
 */
import type { AnchorHome, AnchorReceipt, AnchorSource, SignedHead } from '../anchor/anchor-home.ts';
import { AnchorError } from '../anchor/errors.ts';
import { equalBytes } from '../codec/bytes.ts';
import type { Reply } from '../contract/host.ts';
import { commandId, signCommand } from '../contract/signed-command.ts';
import type { LogHead } from '../contract/state.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import type { VerifierKey } from '../log/note.ts';
import { verifyConsistency } from '../merkle/verify.ts';
import { FabricError } from './errors.ts';
import { ANCHOR_SUBJECT, type FabricHost } from './fabric-host.ts';
import type { Outbox } from './outbox.ts';
import { outcomeOf } from './outcome.ts';

/** Who signs anchors: the gateway that the ledger knows as the log's. */
export interface AnchorSigning {
  readonly org: string;
  /** 16 bytes. */
  readonly device: Uint8Array;
  /** Ed25519, 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export interface FabricAnchorDeps {
  readonly outbox: Outbox;
  readonly host: FabricHost;
  readonly source: AnchorSource;
  /** Of our log. */
  readonly key: VerifierKey;
  readonly signing: AnchorSigning;
  /** Wall time of the commands. */
  readonly nowMs: () => number;
}

/** Proofs made anew in one call because the ledger had moved on; only we move it on, so one is enough but for a peer that is behind. */
const MAX_PROOFS = 3;
const { sha256 } = nodeCrypto;

export class FabricAnchor implements AnchorHome {
  readonly name = 'fabric';
  readonly #deps: FabricAnchorDeps;

  constructor(deps: FabricAnchorDeps) {
    this.#deps = deps;
  }

  async anchor(head: SignedHead): Promise<AnchorReceipt> {
    const { root } = openCheckpoint(head.note, this.#deps.key, nodeCrypto);
    try {
      await this.#finishOlder();
      for (let proofs = 0; proofs < MAX_PROOFS; proofs += 1) {
        const held = await this.#held();
        if (held.size > head.size) throw this.#rolledBack(held, head);
        if (held.size === head.size && equalBytes(held.root, root)) return head;
        const reply = await this.#send(held.size, head);
        if (isFork(reply)) throw await this.#forked(held, head);
        if (isTaken(reply)) return head;
      }
    } catch (error) {
      throw this.#asAnchorError(error);
    }
    throw new AnchorError('ANCHOR_UNREACHABLE', 'the ledger moves on faster than proofs are made');
  }

  /** The outbox is closed by who opened it. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** An anchor that may be on its way is waited for, whatever becomes of it; one that is not is not needed any more. */
  async #finishOlder(): Promise<void> {
    const { outbox } = this.#deps;
    const older = outbox.next('anchor');
    if (older?.alive) await outbox.wait(older, 'one-attempt');
    else outbox.withdraw('anchor');
  }

  async #held(): Promise<LogHead> {
    const { host, key } = this.#deps;
    const { head } = await host.read('getHead', { originHash: sha256(new TextEncoder().encode(key.name)) });
    if (!head) throw new AnchorError('ANCHOR_UNREACHABLE', 'the log is not open on the ledger');
    return head;
  }

  /** The same size under another root is sent as well: the ledger writes the fork down. */
  async #send(oldSize: number, { size, note }: SignedHead): Promise<Reply> {
    const { outbox, source, nowMs, signing } = this.#deps;
    const { org, device, sign } = signing;
    const isExtension = 0 < oldSize && oldSize < size;
    const proof = isExtension ? await source.consistencyProof(oldSize, size) : [];
    const about = { note, oldSize, proof, entryCounts: [] };
    const command = signCommand({ type: 'anchorCheckpoint', org, device, at: Math.round(nowMs()), ...about }, sign);
    const id = commandId(command, sha256);
    return outbox.send({ id, kind: 'anchor', subject: ANCHOR_SUBJECT, command }, 'one-attempt');
  }

  /** A longer log under our own key. What our key did not sign proves nothing, and stops nobody. */
  #rolledBack(held: LogHead, head: SignedHead): AnchorError {
    return new AnchorError(
      this.#shown(held) ? 'ANCHOR_ROLLED_BACK' : 'ANCHOR_ACCUSED',
      `it holds ${held.size} entries, we have ${head.size}`,
    );
  }

  /** The contract sees a fork: proved, if what it holds stands under our own key and ours does not extend it. */
  async #forked(held: LogHead, head: SignedHead): Promise<AnchorError> {
    const detail = `it holds ${held.size} entries that ours do not extend`;
    const shown = this.#shown(held);
    if (!shown || shown.size === 0) return new AnchorError('ANCHOR_ACCUSED', detail);
    const { root } = openCheckpoint(head.note, this.#deps.key, nodeCrypto);
    const proof = await this.#deps.source.consistencyProof(shown.size, head.size);
    const claim = { from: shown.size, to: head.size, fromRoot: shown.root, toRoot: root, proof };
    return new AnchorError(verifyConsistency(sha256, claim) ? 'ANCHOR_ACCUSED' : 'ANCHOR_FORKED', detail);
  }

  /** The head that the ledger holds, if it stands under our key. */
  #shown({ note, size }: LogHead): Checkpoint | undefined {
    if (note === undefined) return undefined;
    try {
      const checkpoint = openCheckpoint(note, this.#deps.key, nodeCrypto);
      return checkpoint.size === size ? checkpoint : undefined;
    } catch (error) {
      if (error instanceof LedgerError) return undefined;
      throw error;
    }
  }

  /** Everything that time or people at the network can mend is "not yet anchored"; its cause says what it was. */
  #asAnchorError(error: unknown): unknown {
    if (error instanceof AnchorError) return error;
    if (error instanceof FabricError) return new AnchorError('ANCHOR_UNREACHABLE', error.code, { cause: error });
    // Throws what is a bug, or of the log itself.
    outcomeOf(error, this.#deps.signing.org);
    return new AnchorError('ANCHOR_UNREACHABLE', undefined, { cause: error });
  }
}

function isFork({ kind, code = '' }: Reply): boolean {
  return kind === 'refused' && (code === 'FORK' || code === 'CHECKPOINT_NOT_EXTENSION');
}

/** False: the proof has to be made anew. Throws an AnchorError for what the contract refuses. */
function isTaken({ kind, code = '' }: Reply): boolean {
  if (kind !== 'refused') return true;
  if (code === 'STALE') return false;
  throw new AnchorError('ANCHOR_UNREACHABLE', `the contract refuses with ${code}`);
}
