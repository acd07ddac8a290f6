// SPDX-License-Identifier: Apache-2.0
/**
 * Commands on their way to Fabric. Each reaches it exactly once, through crashes and answers that never come: it is on disk before it is
 * taken, and attempted again until there is an answer. Each kind has its own order; the later of two about one thing waits for the earlier.
 */
import { bytesToHex } from '../codec/hex.ts';
import type { Reply } from '../contract/host.ts';
import type { CodedError } from '../errors.ts';
import { BACKOFF_MS_MAX, backoffMs, type Random } from './backoff.ts';
import { Delivery, type DeliveryDeps, refusalOf, type Step } from './delivery.ts';
import { FabricError } from './errors.ts';
import { KINDS, type Kind, type Queueable, type Row, type State } from './outbox-store.ts';
import { Pause, type Timers } from './pause.ts';

export interface OutboxDeps extends DeliveryDeps {
  readonly timers: Timers;
  readonly random: Random;
  /** A refusal for which nobody waits; not called for anchors, which whoever shows the next head finds out about. */
  readonly onUnclaimedRefusal: (refusal: CodedError<string>, id: Uint8Array) => void;
}

const MAX_WAITING_COMMANDS = 10_000;

interface Waiter {
  readonly settled: PromiseWithResolvers<Reply>;
  readonly patience: Patience;
}
/** Whether to wait for the answer, however long, or to hear of the first failure; the command goes on by itself in either case. */
export type Patience = 'until-settled' | 'one-attempt';

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #pauses: Readonly<Record<Kind, Pause>>;
  readonly #delivery: Delivery;
  readonly #counters = { committed: 0, rejected: 0, refusedFull: 0 };
  #lanes: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#delivery = new Delivery(deps);
    this.#pauses = Object.fromEntries(KINDS.map((kind) => [kind, new Pause(deps.timers)])) as Record<Kind, Pause>;
  }

  /** Takes up what a run before left. The promise ends with `stop`, and rejects if the disk or the program fails: nothing goes on then. */
  start(): Promise<void> {
    const lanes = KINDS.map((kind) => this.#run(kind));
    this.#lanes = Promise.allSettled(lanes);
    return Promise.all(lanes).then(
      () => undefined,
      (error) => {
        this.stop();
        this.#rejectAll(error);
        throw error;
      },
    );
  }

  /**
   * Durable when it returns; the promise is for the answer. Throws FABRIC_OUTBOX_FULL or FABRIC_CLOSED. Rejects with FABRIC_CLOSED, or with
   * FABRIC_TRANSACTION_INVALID if the channel can never take it; and see `Patience`.
   */
  send(command: Queueable, patience: Patience = 'until-settled'): Promise<Reply> {
    const { store } = this.#deps;
    if (this.#stopping) throw new FabricError('FABRIC_CLOSED');
    if (store.waiting() >= MAX_WAITING_COMMANDS) {
      this.#counters.refusedFull += 1;
      throw new FabricError('FABRIC_OUTBOX_FULL');
    }
    store.add(command);
    return this.wait(command, patience);
  }

  /** Waits for a command that is in the outbox; to hear of one attempt has it made at once. */
  wait({ id, kind }: Pick<Row, 'id' | 'kind'>, patience: Patience): Promise<Reply> {
    const settled = Promise.withResolvers<Reply>();
    const key = bytesToHex(id);
    this.#waiters.set(key, [...(this.#waiters.get(key) ?? []), { settled, patience }]);
    if (patience === 'one-attempt') this.#pauses[kind].hurry();
    else this.#pauses[kind].wake();
    return settled.promise;
  }

  /** The next of a kind that waits. */
  next(kind: Kind): Row | undefined {
    return this.#deps.store.next(kind);
  }

  withdraw(kind: Kind): void {
    this.#deps.store.withdraw(kind);
  }

  find(id: Uint8Array): { readonly state: State; readonly reply?: Reply } | undefined {
    return this.#deps.store.find(id);
  }

  /** Named counters, for metrics. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters, ...this.#delivery.counters(), waiting: this.#deps.store.waiting() };
  }

  /** Begins no further step. What is under way has to be broken off by who owns the port. */
  stop(): void {
    this.#stopping = true;
    for (const kind of KINDS) this.#pauses[kind].hurry();
  }

  /** Resolves when nothing is under way any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#lanes;
    this.#rejectAll(new FabricError('FABRIC_CLOSED'));
  }

  async #run(kind: Kind): Promise<void> {
    const pause = this.#pauses[kind];
    while (!this.#stopping) {
      const isHurried = pause.takeHurry();
      const row = this.#deps.store.next(kind);
      const waitMs = row ? row.nextTryMs - this.#deps.nowMs() : Number.POSITIVE_INFINITY;
      // Further off than any back-off: the clock was set back, and nobody is to wait for it.
      const isDue = waitMs <= 0 || waitMs > BACKOFF_MS_MAX;
      if (row && (isDue || isHurried)) await this.#attempt(row);
      else await pause.wait(waitMs);
    }
  }

  async #attempt(row: Row): Promise<void> {
    let step: Step;
    let failure: unknown = new FabricError('FABRIC_UNDECIDED');
    try {
      step = await this.#delivery.attempt(row);
    } catch (error) {
      // Broken off at the end: the row on disk says where the next start goes on.
      if (error instanceof FabricError && error.code === 'FABRIC_CLOSED') return;
      step = this.#delivery.judgeFailure(row, error);
      failure = error;
    }
    if (step === 'later') this.#postpone(row, failure);
    else this.#settle(row, step);
  }

  #postpone(row: Row, failure: unknown): void {
    const attempts = row.attempts + 1;
    this.#deps.store.postpone(row.id, attempts, this.#deps.nowMs() + backoffMs(attempts, this.#deps.random));
    const key = bytesToHex(row.id);
    const waiters = this.#waiters.get(key) ?? [];
    for (const { settled, patience } of waiters) if (patience === 'one-attempt') settled.reject(failure);
    this.#keepWaiters(
      key,
      waiters.filter(({ patience }) => patience !== 'one-attempt'),
    );
  }

  #settle(row: Row, reply: Reply): void {
    this.#counters[reply.kind === 'refused' ? 'rejected' : 'committed'] += 1;
    this.#deps.store.settle(row.id, reply);
    const key = bytesToHex(row.id);
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    const refusal = refusalOf(reply);
    for (const { settled } of waiters) {
      if (refusal instanceof FabricError) settled.reject(refusal);
      else settled.resolve(reply);
    }
    if (refusal && waiters.length === 0 && row.kind !== 'anchor') this.#deps.onUnclaimedRefusal(refusal, row.id);
    // Another kind may have waited for this one's subject.
    for (const kind of KINDS) this.#pauses[kind].wake();
  }

  #keepWaiters(key: string, waiters: Waiter[]): void {
    if (waiters.length > 0) this.#waiters.set(key, waiters);
    else this.#waiters.delete(key);
  }

  #rejectAll(error: unknown): void {
    for (const { settled } of [...this.#waiters.values()].flat()) settled.reject(error);
    this.#waiters.clear();
  }
}
