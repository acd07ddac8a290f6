// SPDX-License-Identifier: Apache-2.0
/**
 * The contract over the embedded log. The log is the ledger: what it holds, in its order, read by the contract, is the state. A command
 * is looked at, appended, and takes effect when it is read back; start-up and every later moment run that same code. An entry that the
 * contract refuses, whoever wrote it into the log, has no effect.
 */
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { type Answer, refused } from './answer.ts';
import { apply, type Caller, type Context } from './apply.ts';
import type { Command } from './commands.ts';
import { ContractError } from './errors.ts';
import type { ContractHost } from './host.ts';
import { MapState } from './map-state.ts';
import { type ReadArgs, type ReadName, type ReadResult, runRead } from './reads.ts';
import { commandEntry, commandInEntry, decodeSignedCommand, type SignedCommand } from './signed-command.ts';
import { KEYS } from './state.ts';

/** The part of the log that the host needs. */
export interface EntrySource {
  /** Entries that are sequenced. */
  readonly size: number;
  /** Entry `index`, and any number of those after it. */
  entriesFrom(index: number): Promise<readonly Uint8Array[]>;
}

export interface EmbeddedHostOptions {
  readonly log: EntrySource;
  /** Puts an entry into the log by the one way there is (the outbox of the gateway); resolves when it is sequenced. */
  readonly append: (entry: Uint8Array) => Promise<unknown>;
  /** Administrators' public keys of the organisations that may register, by organisation. */
  readonly founders: ReadonlyMap<string, Uint8Array>;
  readonly nowMs: () => number;
  readonly crypto: VerifierCrypto;
}

/** The answer, and the entry that it was given to; none if the command was refused at the door. */
export type EmbeddedReply = Answer & { readonly index?: number };

interface InFlight {
  readonly done: Promise<EmbeddedReply>;
  reply?: EmbeddedReply;
}

const COMMANDS_AT_ONCE = 32;
/** Commands that wait for their entry; more are refused with LOG_BUSY. */
const MAX_IN_FLIGHT_COMMANDS = 1024;

/** Reads the log from its beginning. Rejects with the log's codes. */
export async function openEmbeddedHost(options: EmbeddedHostOptions): Promise<EmbeddedHost> {
  const host = new EmbeddedHost(options);
  await host.follow();
  return host;
}

export class EmbeddedHost implements ContractHost {
  readonly #options: EmbeddedHostOptions;
  readonly #state = new MapState();
  readonly #counters = { commands: 0, refusedInLog: 0, unreadableInLog: 0, refusedBusy: 0 };
  /** Commands handed in whose entry has not been read back, by their id in hex. */
  readonly #inFlight = new Map<string, InFlight>();
  #next = 0;
  #following: Promise<void> = Promise.resolve();

  constructor(options: EmbeddedHostOptions) {
    this.#options = options;
  }

  /** Named counters, for metrics; `keys` is the size of the index. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters, keys: this.#state.size };
  }

  /**
   * A command that would be refused now, or holds already, never enters the log; one that is refused when its turn in the log comes (another
   * came before it) says so here too. Rejects with LOG_BUSY, or with what `append` rejects with: then nothing is known until the log opens again.
   */
  async submit(bytes: Uint8Array): Promise<EmbeddedReply> {
    const { signed, answer } = this.#judged(bytes);
    if (!signed || answer.kind === 'already' || (answer.kind === 'refused' && answer.writes.length === 0))
      return answer;
    return this.#append(signed, commandEntry(bytes));
  }

  /** What the answer would be if the command were handed in now. Writes nothing. */
  judge(bytes: Uint8Array): Answer {
    return this.#judged(bytes).answer;
  }

  async read<N extends ReadName>(name: N, args: ReadArgs<N>): Promise<ReadResult<N>> {
    return runRead(this.#state, name, args, this.#options.crypto);
  }

  /** Takes in what the log has got since the last time, also what others appended. Rejects with the log's codes. */
  async follow(): Promise<void> {
    const done = this.#following.then(() => this.#readToEnd());
    // The next one starts where this one stopped; the failure is this caller's.
    this.#following = done.catch(() => undefined);
    return done;
  }

  /** The log is not the host's: its owner closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#following;
  }

  #judged(bytes: Uint8Array): { readonly signed?: SignedCommand; readonly answer: Answer } {
    let signed: SignedCommand;
    try {
      signed = decodeSignedCommand(bytes, this.#options.crypto.sha256);
    } catch (error) {
      if (error instanceof ContractError) return { answer: refused('COMMAND_MALFORMED', error.message) };
      throw error;
    }
    return { signed, answer: apply(this.#state, signed, this.#context(signed.command, this.#options.nowMs())) };
  }

  /** The same command handed in meanwhile waits for the same entry. */
  #append(signed: SignedCommand, entry: Uint8Array): Promise<EmbeddedReply> {
    const id = bytesToHex(signed.id);
    const running = this.#inFlight.get(id);
    if (running) return running.done;
    if (this.#inFlight.size >= MAX_IN_FLIGHT_COMMANDS) {
      this.#counters.refusedBusy += 1;
      throw new LedgerError('LOG_BUSY');
    }
    const done = this.#appendAndFollow(entry, id).finally(() => this.#inFlight.delete(id));
    this.#inFlight.set(id, { done });
    return done;
  }

  async #appendAndFollow(entry: Uint8Array, id: string): Promise<EmbeddedReply> {
    // The commit point of a command: sequenced, it stands, whatever happens to us.
    await this.#options.append(entry);
    await this.follow();
    const reply = this.#inFlight.get(id)?.reply;
    if (!reply) throw new Error('a sequenced command is not in the log');
    return reply;
  }

  async #readToEnd(): Promise<void> {
    const { log } = this.#options;
    while (this.#next < log.size) {
      for (const entry of await log.entriesFrom(this.#next)) {
        const wasCommand = this.#take(entry);
        this.#next += 1;
        // A signature costs as much as a thousand batches: others on this thread get their turn.
        if (wasCommand && this.#counters.commands % COMMANDS_AT_ONCE === 0)
          await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** True if the entry is a command. */
  #take(entry: Uint8Array): boolean {
    const bytes = commandInEntry(entry);
    const signed = bytes && this.#decode(bytes);
    if (!signed) return false;
    this.#counters.commands += 1;
    // Its own time: what was once accepted must be accepted whenever the log is read again.
    const answer = apply(this.#state, signed, this.#context(signed.command, signed.command.at));
    if (answer.kind !== 'already') this.#state.write(answer.writes);
    if (answer.kind === 'refused') this.#counters.refusedInLog += 1;
    const inFlight = this.#inFlight.get(bytesToHex(signed.id));
    if (inFlight) inFlight.reply ??= { ...answer, index: this.#next };
    return true;
  }

  #decode(bytes: Uint8Array): SignedCommand | undefined {
    try {
      return decodeSignedCommand(bytes, this.#options.crypto.sha256);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      this.#counters.unreadableInLog += 1;
      return undefined;
    }
  }

  /** There is no other membership than the ledger's own: a command comes from whom it names, if the signature says so too. */
  #context(command: Command, nowMs: number): Context {
    const { crypto } = this.#options;
    return { caller: this.#callerOf(command), nowMs, crypto };
  }

  #callerOf({ type, org, device, ...fields }: Command): Caller {
    if (device) return { org, role: 'gateway', device };
    const founder = this.#options.founders.get(org);
    const isFounding = type === 'registerOrg' && !this.#state.get(KEYS.org(org));
    const isFounder = founder && 'adminKey' in fields && equalBytes(founder, fields.adminKey);
    // A stranger may not found an organisation; everyone else is judged by the keys that the ledger holds.
    return { org: isFounding && !isFounder ? '' : org, role: 'admin' };
  }
}
