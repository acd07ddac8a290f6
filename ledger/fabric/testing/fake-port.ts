// SPDX-License-Identifier: Apache-2.0
/**
 * The smallest Fabric behind the port, for tests of outbox and host: the contract over a map, envelopes that are ordered once, and failures
 * by script. It also keeps the books that the tests look into: what was ordered, and which envelopes were alive at one time.
 */
import { bytesToHex } from '../../codec/hex.ts';
import { refusalText } from '../../contract/answer.ts';
import { apply, type Context } from '../../contract/apply.ts';
import type { Reply } from '../../contract/host.ts';
import { MapState } from '../../contract/map-state.ts';
import { type ReadName, runReadBytes } from '../../contract/reads.ts';
import { decodeSignedCommand, type SignedCommand } from '../../contract/signed-command.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import type { Endorsed, FabricPort } from '../port.ts';

export type Call = 'endorse' | 'submit' | 'status' | 'judge' | 'read';
/** A call may fail before it has any effect, or have its effect and lose the answer. */
export type Fate = 'answers' | 'fails' | 'loses';

const VALID = 0;
const DUPLICATE_TXID = 9;
const MVCC_READ_CONFLICT = 11;
const VALIDATION_FAILED = 10;

export function thrown(name: string, code: number, message = '', mspId = 'HospMSP'): Error {
  return Object.assign(new Error(message), { name, code, details: [{ address: 'peer', message, mspId }] });
}

interface Transaction {
  readonly txId: string;
  readonly signed: SignedCommand;
  readonly endorsedMs: number;
  /** It was handed to `submit`, whatever became of that. */
  hasLeft?: boolean;
  code?: number;
}

export class FakePort implements FabricPort {
  readonly state = new MapState();
  readonly #nowMs: () => number;
  readonly #transactions = new Map<string, Transaction>();
  /** What becomes of the next call of a kind; it answers without one. */
  fate: (call: Call) => Fate = () => 'answers';
  /** Runs before a call has any effect. */
  before: (call: Call) => void = () => {};
  /** In place of the code that validation would give. */
  forcedCode: number | undefined;
  readonly calls: Call[] = [];
  /** Commands that took effect, in hex; a command that did so twice stands here twice. */
  readonly effects: string[] = [];
  /** Commands for which a second envelope was made while the first could still take effect. */
  readonly twins: string[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  async endorse(command: Uint8Array): Promise<Endorsed> {
    return this.#called('endorse', 'EndorseError', 14, () => {
      const signed = decodeSignedCommand(command, nodeCrypto.sha256);
      const reply = this.#judged(signed, 'EndorseError', 10);
      const txId = `tx${this.#transactions.size}`;
      const mine = [...this.#transactions.values()].filter(
        (other) => bytesToHex(other.signed.id) === bytesToHex(signed.id),
      );
      if (mine.some((other) => this.#isAlive(other))) this.twins.push(bytesToHex(signed.id));
      this.#transactions.set(txId, { txId, signed, endorsedMs: this.#nowMs() });
      return { txId, envelope: Buffer.from(txId), reply };
    });
  }

  async submit(envelope: Uint8Array): Promise<void> {
    const txId = Buffer.from(envelope).toString();
    this.#transactions.get(txId)!.hasLeft = true;
    return this.#called('submit', 'SubmitError', 14, () => this.#order(txId));
  }

  async status(txId: string): Promise<number> {
    return this.#called('status', 'CommitStatusError', 4, () => {
      const code = this.#transactions.get(txId)?.code;
      if (code === undefined) throw thrown('CommitStatusError', 4, 'it waits for it');
      return code;
    });
  }

  async judge(command: Uint8Array): Promise<Reply> {
    return this.#called('judge', 'GatewayError', 14, () =>
      this.#judged(decodeSignedCommand(command, nodeCrypto.sha256), 'GatewayError', 2),
    );
  }

  async read(name: ReadName, args: Uint8Array): Promise<Uint8Array> {
    return this.#called('read', 'GatewayError', 14, () => runReadBytes(this.state, name, args, nodeCrypto));
  }

  /** Somebody else's command is committed. */
  commit(command: Uint8Array): void {
    const signed = decodeSignedCommand(command, nodeCrypto.sha256);
    const answer = apply(this.state, signed, this.#context(signed));
    if (answer.kind === 'accepted') this.state.write(answer.writes);
  }

  async #called<T>(call: Call, name: string, code: number, run: () => T): Promise<T> {
    this.calls.push(call);
    this.before(call);
    // As on a socket, no answer comes in the same turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const fate = this.fate(call);
    if (fate === 'fails') throw thrown(name, code, 'connection refused');
    const answer = run();
    if (fate === 'loses') throw thrown(name, code, 'DeadlineExceeded');
    return answer;
  }

  #order(txId: string): void {
    const transaction = this.#transactions.get(txId);
    if (!transaction) throw new Error('an envelope that nobody endorsed');
    if (transaction.code !== undefined) return;
    const answer =
      this.forcedCode === undefined
        ? apply(this.state, transaction.signed, this.#context(transaction.signed))
        : undefined;
    // What it was endorsed on has changed: Fabric would find another version under a key that it read.
    transaction.code = this.forcedCode ?? (answer?.kind === 'already' ? MVCC_READ_CONFLICT : VALID);
    this.forcedCode = undefined;
    if (transaction.code !== VALID || !answer || answer.kind === 'already') return;
    this.effects.push(bytesToHex(transaction.signed.id));
    this.state.write(answer.writes);
  }

  /** Ten minutes after its endorsement nobody orders it any more. */
  #isAlive({ code, hasLeft, endorsedMs }: Transaction): boolean {
    return hasLeft === true && code === undefined && this.#nowMs() - endorsedMs <= 600_000;
  }

  #judged(signed: SignedCommand, name: string, code: number): Reply {
    const answer = apply(this.state, signed, this.#context(signed));
    if (answer.kind === 'refused' && answer.writes.length === 0)
      throw thrown(name, code, `chaincode response 500, ${refusalText(answer)}`);
    return answer.kind === 'refused'
      ? { kind: 'refused', code: answer.code, detail: answer.detail }
      : { kind: answer.kind };
  }

  #context({ command: { org, device } }: SignedCommand): Context {
    const caller = device ? ({ org, role: 'gateway', device } as const) : ({ org, role: 'admin' } as const);
    return { caller, nowMs: Number.MAX_SAFE_INTEGER / 2, crypto: nodeCrypto };
  }
}

export const CODES = { VALID, DUPLICATE_TXID, MVCC_READ_CONFLICT, VALIDATION_FAILED };

/** Time that passes as soon as somebody waits for it. */
export class FastTime {
  #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  readonly nowMs = (): number => this.#nowMs;
  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const due = this.#nowMs + delayMs;
    const timer = setImmediate(() => {
      this.#nowMs = Math.max(this.#nowMs, due);
      run();
    });
    return () => clearImmediate(timer);
  };

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }
}
