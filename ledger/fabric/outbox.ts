// SPDX-License-Identifier: Apache-2.0
/**
 * Brings commands to Fabric, each exactly once, through crashes and answers that never come. Endorse, sign, keep the signed envelope on
 * disk, and only then submit it. Where the answer is lost: ask the status by transaction id, then the contract, then submit the same
 * envelope again while it is fresh; only then is another one made. So there are never two envelopes alive for one command.
 */
import { bytesToHex } from '../codec/hex.ts';
import type { Reply } from '../contract/host.ts';
import { backoffMs, type Random } from './backoff.ts';
import { FabricError } from './errors.ts';
import type { PassFabricFaultPoint } from './fault-point.ts';
import { KINDS, type Kind, type OutboxStore, type Queueable, type Row, type State } from './outbox-store.ts';
import { outcomeOf, outcomeOfStatus } from './outcome.ts';
import { Pause, type Timers } from './pause.ts';
import type { FabricPort } from './port.ts';

export interface OutboxDeps {
  readonly store: OutboxStore;
  readonly port: FabricPort;
  /** Our own organisation. */
  readonly mspId: string;
  /** Wall time, for envelopes outlive the process. */
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly random: Random;
  /** An answer for which nobody waits; not called for anchors, which whoever shows the next head finds out about. */
  readonly onUnclaimed: (reply: Reply, id: Uint8Array) => void;
  readonly passFaultPoint: PassFabricFaultPoint;
}

const STATUS_MS_MAX = 60_000;
/** The status of an unknown transaction waits for it: after a failure that is not what we want to wait for. */
const LOOK_MS_MAX = 2_000;
/** An envelope that nobody ordered in this time is given up. */
const ENVELOPE_FRESH_MS = 10 * 60_000;
const MAX_WAITING_COMMANDS = 10_000;
/** A refusal by another organisation alone is believed after so many attempts: its peer may have been behind. */
const MAX_ATTEMPTS_BEHIND = 6;

interface Waiter {
  readonly settled: PromiseWithResolvers<Reply>;
  readonly patience: Patience;
}
/** Whether to wait for the answer, however long, or to hear of the first failure; the command goes on by itself in either case. */
export type Patience = 'until-settled' | 'one-attempt';
type Step = Reply | 'later';

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #pauses: Readonly<Record<Kind, Pause>>;
  readonly #counters = {
    endorsed: 0,
    committed: 0,
    found: 0,
    resubmitted: 0,
    rejected: 0,
    transientFailures: 0,
    ambiguousFailures: 0,
    invalidated: 0,
    refusedFull: 0,
  };
  #lanes: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
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

  /** Durable when it returns; the promise is for the answer. Throws FABRIC_OUTBOX_FULL or FABRIC_CLOSED; rejects with that, or see `Patience`. */
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
    return { ...this.#counters, waiting: this.#deps.store.waiting() };
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
      if (row && (waitMs <= 0 || isHurried)) await this.#attempt(row);
      else await pause.wait(waitMs);
    }
  }

  async #attempt(row: Row): Promise<void> {
    let step: Step;
    let failure: unknown = new FabricError('FABRIC_UNDECIDED');
    try {
      step = row.alive ? await this.#resolve(row) : await this.#endorse(row);
    } catch (error) {
      if (this.#stopping) return;
      step = this.#judgeFailure(row, error);
      failure = error;
    }
    if (step === 'later') this.#postpone(row, failure);
    else this.#settle(row, step);
  }

  async #endorse(row: Row): Promise<Step> {
    const { store, port, nowMs, passFaultPoint } = this.#deps;
    const endorsed = await port.endorse(row.command, row.sealed);
    passFaultPoint('fabric-after-endorse');
    this.#counters.endorsed += 1;
    // Nothing would be written: an order would only cost.
    if (endorsed.reply.kind === 'already') return endorsed.reply;
    const endorsedMs = nowMs();
    if (!store.keepEnvelope(row.id, endorsed, endorsedMs)) return 'later';
    passFaultPoint('fabric-after-envelope');
    return this.#submit(row, { ...endorsed, endorsedMs });
  }

  async #submit(row: Row, alive: NonNullable<Row['alive']>): Promise<Step> {
    const { port, passFaultPoint } = this.#deps;
    await port.submit(alive.envelope);
    passFaultPoint('fabric-after-submit');
    const code = await port.status(alive.txId, STATUS_MS_MAX);
    passFaultPoint('fabric-after-status');
    return this.#conclude(row, alive, code);
  }

  /** What became of an envelope whose answer was lost. */
  async #resolve(row: Row): Promise<Step> {
    const alive = row.alive!;
    const code = await this.#orUnknown(this.#deps.port.status(alive.txId, LOOK_MS_MAX));
    if (code !== undefined) {
      this.#counters.found += 1;
      return this.#conclude(row, alive, code);
    }
    const now = await this.#orUnknown(this.#deps.port.judge(row.command));
    if (now?.kind === 'already') {
      this.#counters.found += 1;
      return alive.reply;
    }
    if (this.#deps.nowMs() - alive.endorsedMs <= ENVELOPE_FRESH_MS) {
      this.#counters.resubmitted += 1;
      return this.#submit(row, alive);
    }
    // Without the contract's word nobody knows that it did not take effect.
    if (!now) return 'later';
    this.#drop(row);
    return this.#endorse(row);
  }

  #conclude(row: Row, alive: NonNullable<Row['alive']>, code: number): Step {
    const outcome = outcomeOfStatus(code);
    if (outcome.kind === 'committed') return alive.reply;
    if (outcome.kind === 'ambiguous') return 'later';
    this.#drop(row);
    return outcome.kind === 'permanent' ? invalid(outcome.detail) : 'later';
  }

  #drop({ id }: Row): void {
    this.#counters.invalidated += 1;
    this.#deps.store.dropEnvelope(id);
  }

  /** The answer, or undefined if there is none now; throws on what is a bug. */
  async #orUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (!this.#stopping) outcomeOf(error, this.#deps.mspId);
      return undefined;
    }
  }

  #judgeFailure(row: Row, error: unknown): Step {
    const outcome = outcomeOf(error, this.#deps.mspId);
    switch (outcome.kind) {
      case 'refused': {
        const { code, detail, byUs } = outcome;
        return byUs || row.attempts >= MAX_ATTEMPTS_BEHIND ? { kind: 'refused', code, detail } : 'later';
      }
      case 'permanent':
        return invalid(outcome.detail);
      case 'transient':
      case 'ambiguous':
        this.#counters[`${outcome.kind}Failures`] += 1;
        return 'later';
    }
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
    for (const { settled } of waiters) settled.resolve(reply);
    this.#waiters.delete(key);
    if (waiters.length === 0 && row.kind !== 'anchor') this.#deps.onUnclaimed(reply, row.id);
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

function invalid(detail: string): Reply {
  return { kind: 'refused', code: 'FABRIC_TRANSACTION_INVALID', detail };
}
