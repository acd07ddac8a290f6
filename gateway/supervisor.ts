// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps named parts alive: starts them in order, restarts a dead one with a bounded back-off, gives up when one keeps dying, and
 * stops them in reverse order with a deadline each. A dead part is never silent.
 */
import { GatewayError } from './errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Timers } from './timers.ts';

export interface RunningPart extends AsyncDisposable {
  /** Settles when the part died, with the reason; pending for as long as it works. */
  readonly failed: Promise<unknown>;
}
export interface Part {
  readonly name: string;
  /** The others do without it: if it cannot start, or keeps dying, it is tried again for as long as they live. */
  readonly isDispensable?: boolean;
  /** @param stop aborted when the supervisor stops; a start under way then ends soon, by failing or by having started. */
  start(stop: AbortSignal): Promise<RunningPart>;
}
export interface SupervisorLimits {
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
  /** One death more than this within the window, and the supervisor gives up. */
  readonly maxDeaths: number;
  readonly deathWindowMs: number;
  readonly stopDeadlineMs: number;
}
export const SUPERVISOR_LIMITS: SupervisorLimits = {
  firstBackOffMs: 250,
  maxBackOffMs: 10_000,
  maxDeaths: 5,
  deathWindowMs: 60_000,
  stopDeadlineMs: 10_000,
};
interface Deps {
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'count'>;
  readonly limits?: SupervisorLimits;
}
interface Slot {
  readonly part: Part;
  deaths: number[];
  running?: RunningPart | undefined;
  /** A start or a clean-up under way; `stop` waits for it. Never rejects. */
  busy?: Promise<void> | undefined;
  cancelRestart?: (() => void) | undefined;
}

export class Supervisor {
  /** Resolves with the name of the part that died too often. The composition root then stops and ends the process with code 1. */
  readonly gaveUp: Promise<string>;
  readonly #giveUp: (part: string) => void;
  readonly #slots: readonly Slot[];
  readonly #deps: Deps;
  readonly #limits: SupervisorLimits;
  readonly #stop = new AbortController();
  #stopping: Promise<readonly string[]> | undefined;

  constructor(parts: readonly Part[], deps: Deps) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.gaveUp = promise;
    this.#giveUp = resolve;
    this.#slots = parts.map((part) => ({ part, deaths: [] }));
    this.#deps = deps;
    this.#limits = deps.limits ?? SUPERVISOR_LIMITS;
  }

  /** Starts every part in order. When one cannot start without which nothing goes, those before it are stopped and its error is thrown. */
  async start(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#stopping !== undefined) return;
      const starting = this.#run(slot);
      slot.busy = starting.catch(() => undefined);
      try {
        await starting;
      } catch (error) {
        if (this.#stopping !== undefined) return;
        if (slot.part.isDispensable) {
          slot.busy = this.#died(slot, undefined, error);
          continue;
        }
        this.#deps.log.error('part-not-started', { part: slot.part.name, error });
        await this.stop();
        throw error;
      }
    }
  }

  /** Stops the parts in reverse order. Returns the names of those that missed their deadline; safe to call again. */
  stop(): Promise<readonly string[]> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<readonly string[]> {
    this.#stop.abort();
    for (const slot of this.#slots) slot.cancelRestart?.();
    const late: string[] = [];
    for (const slot of this.#slots.toReversed()) {
      const done = await this.#within(
        this.#limits.stopDeadlineMs,
        async () => {
          await slot.busy;
          await slot.running?.[Symbol.asyncDispose]();
        },
        slot,
      );
      if (!done) late.push(slot.part.name);
    }
    return late;
  }

  async #run(slot: Slot): Promise<void> {
    const running = await slot.part.start(this.#stop.signal);
    slot.running = running;
    this.#deps.log.info('part-started', { part: slot.part.name });
    const died = (cause: unknown) => {
      if (this.#stopping === undefined) slot.busy = this.#died(slot, running, cause);
    };
    running.failed.then(died, died);
  }

  async #died(slot: Slot, remains: RunningPart | undefined, cause: unknown): Promise<void> {
    const { timers, log, metrics } = this.#deps;
    slot.running = undefined;
    log.error('part-died', { part: slot.part.name, error: cause });
    metrics.count('supervisor_part_deaths_total');
    // What is left of it may hold a port or a file that the next one needs.
    if (remains) await this.#within(this.#limits.stopDeadlineMs, async () => remains[Symbol.asyncDispose](), slot);
    if (this.#stopping !== undefined) return;
    const now = timers.monotonicMs();
    slot.deaths = [...slot.deaths.filter((at) => now - at < this.#limits.deathWindowMs), now];
    if (slot.deaths.length > this.#limits.maxDeaths && !slot.part.isDispensable) {
      log.error('part-given-up', { part: slot.part.name, count: slot.deaths.length });
      metrics.count('supervisor_gave_up_total');
      this.#giveUp(slot.part.name);
      return;
    }
    const backOffMs = Math.min(this.#limits.firstBackOffMs * 2 ** (slot.deaths.length - 1), this.#limits.maxBackOffMs);
    slot.cancelRestart = timers.after(backOffMs, () => {
      slot.busy = this.#run(slot).catch((error: unknown) => this.#died(slot, undefined, error));
    });
  }

  /** False when `work` threw or missed the deadline; both are logged and counted, and the stop goes on. */
  #within(deadlineMs: number, work: () => Promise<void>, slot: Slot): Promise<boolean> {
    const { timers, log, metrics } = this.#deps;
    return new Promise((resolve) => {
      const failed = (error: unknown) => {
        log.warn('part-not-stopped', { part: slot.part.name, error });
        metrics.count('supervisor_stop_failures_total');
        resolve(false);
      };
      const cancel = timers.after(deadlineMs, () => failed(new GatewayError('STOP_DEADLINE', slot.part.name)));
      work()
        .then(() => resolve(true), failed)
        .finally(cancel);
    });
  }
}
