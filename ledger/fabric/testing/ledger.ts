// SPDX-License-Identifier: Apache-2.0
/** The ledger of one peer, in memory: blocks, the world state after them, the fate of each transaction, and the history of each key. */
import { EventEmitter, once } from 'node:events';
import { peer } from '@hyperledger/fabric-protos';
import { type CommittedBlock, type OrderedBlock, wholeBlock } from './block.ts';
import type { Change } from './chaincode-requests.ts';
import type { Membership } from './membership.ts';
import type { Policy } from './policy.ts';
import { PUBLIC, type SpaceSet } from './read-write-set.ts';
import { type PrivateValues, privateKey } from './simulation.ts';
import { type Transaction, unpackTransaction } from './transaction.ts';
import { type ValidationCode, validate } from './validation.ts';
import { EMPTY_STATE, touched, type WorldState, written } from './world-state.ts';

export interface Fate {
  readonly code: ValidationCode;
  readonly block: number;
}

export interface LedgerOptions {
  readonly members: Membership;
  readonly chaincodePolicy: Policy;
  /** Private values that endorsers handed out, by transaction id. */
  readonly transient: ReadonlyMap<string, PrivateValues>;
  /** Collections whose values this peer may hold. */
  readonly collections: ReadonlySet<string>;
}

/** Streams of events that may wait for a block at the same time. */
const READERS_MAX = 200;

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #news = new EventEmitter().setMaxListeners(READERS_MAX);
  /** Number 0 is the channel's configuration, in which nothing is. */
  readonly #blocks: CommittedBlock[] = [
    { number: 0, transactions: [], whole: wholeBlock({ number: 0, entries: [] }, [], undefined) },
  ];
  readonly #fates = new Map<string, Fate>();
  readonly #history = new Map<string, Change[]>();
  readonly #privateValues = new Map<string, Uint8Array>();
  #state: WorldState = EMPTY_STATE;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  get state(): WorldState {
    return this.#state;
  }
  get privateValues(): PrivateValues {
    return this.#privateValues;
  }
  get height(): number {
    return this.#blocks.length;
  }
  has(txId: string): boolean {
    return this.#fates.has(txId);
  }
  /** Number of the block that holds the transaction. */
  blockOf(txId: string): number | undefined {
    return this.#fates.get(txId)?.block;
  }
  history(key: string): readonly Change[] {
    return this.#history.get(key) ?? [];
  }

  commit(block: OrderedBlock): void {
    const committed = block.entries.map(({ envelope, hasRival }, tx) => {
      const transaction = unpackTransaction(envelope);
      const version = { block: block.number, tx };
      if (hasRival) this.#state = touched(this.#state, transaction.set, version);
      const code = validate(transaction, { ...this.#options, state: this.#state, has: (txId) => this.has(txId) });
      if (code === peer.TxValidationCode.VALID) {
        this.#state = written(this.#state, transaction.set, version);
        this.#remember(transaction);
      }
      // The first of two with one id stays what it was.
      if (!this.has(transaction.txId)) this.#fates.set(transaction.txId, { code, block: block.number });
      return { txId: transaction.txId, event: transaction.event, code };
    });
    const codes = committed.map(({ code }) => code);
    const whole = wholeBlock(block, codes, this.#blocks.at(-1)?.whole.getHeader());
    this.#blocks.push({ number: block.number, transactions: committed, whole });
    this.#news.emit('block');
  }

  /** Waits for a transaction that is not yet known, until the signal aborts. */
  async fate(txId: string, signal: AbortSignal): Promise<Fate> {
    for (;;) {
      const fate = this.#fates.get(txId);
      if (fate) return fate;
      await once(this.#news, 'block', { signal });
    }
  }

  /** The blocks from `number` on, for ever: ends by the signal, with an AbortError. */
  async *blocksFrom(number: number, signal: AbortSignal): AsyncGenerator<CommittedBlock> {
    for (let next = number; ; next += 1) {
      while (next >= this.#blocks.length) await once(this.#news, 'block', { signal });
      signal.throwIfAborted();
      const block = this.#blocks[next];
      if (block) yield block;
    }
  }

  #remember({ txId, time, set }: Transaction): void {
    for (const { key, value = new Uint8Array() } of set.get(PUBLIC)?.writes ?? [])
      this.#history.set(key, [{ txId, time, value }, ...this.history(key)]);
    for (const [collection, part] of set)
      if (this.#options.collections.has(collection)) this.#keepPrivate(txId, collection, part);
  }

  #keepPrivate(txId: string, collection: string, { writes }: SpaceSet): void {
    for (const { key, value } of writes) {
      const name = privateKey(collection, key);
      const clear = this.#options.transient.get(txId)?.get(name);
      if (value && clear) this.#privateValues.set(name, clear);
      else this.#privateValues.delete(name);
    }
  }
}
