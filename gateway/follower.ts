// SPDX-License-Identifier: Apache-2.0
/**
 * A follower of the outbox: sends what waits, oldest first, and moves its cursor when the other side has it durably. It is woken
 * when there is something new, tries again with bounded back-off, and never gives up: a store that is down for a day is caught up.
 */
import type { Timers } from './timers.ts';

export interface FollowerWork {
  readonly name: string;
  /** Sends the oldest that wait; gives how many moved on. Rejects when the other side is down: it is tried again. */
  sendOldest(): Promise<number>;
}

export interface FollowerLimits {
  /** Real milliseconds, never scaled. */
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
}
const FOLLOWER_LIMITS: FollowerLimits = { firstBackOffMs: 200, maxBackOffMs: 30_000 };

export class Follower implements AsyncDisposable {
  readonly #work: FollowerWork;
  readonly #timers: Timers;
  readonly #limits: FollowerLimits;
  readonly #onFailure: (error: unknown) => void;
  #cancelRetry: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #backOffMs: number;

  constructor(
    work: FollowerWork,
    deps: { timers: Timers; onFailure: (error: unknown) => void; limits?: FollowerLimits },
  ) {
    this.#work = work;
    this.#timers = deps.timers;
    this.#limits = deps.limits ?? FOLLOWER_LIMITS;
    this.#onFailure = deps.onFailure;
    this.#backOffMs = this.#limits.firstBackOffMs;
  }

  get name(): string {
    return this.#work.name;
  }

  /** There is something to send, or may be. */
  wake(): void {
    this.#again = true;
    if (this.#stopped || this.#running || this.#cancelRetry) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again && !this.#cancelRetry) this.wake();
    });
  }

  /** Sends what can be sent now, once, then stops. What is left waits in the outbox. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#forgetRetry();
    this.wake();
    this.#stopped = true;
    await this.#running;
    this.#forgetRetry();
  }

  #forgetRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#again = false;
        while ((await this.#work.sendOldest()) > 0) this.#backOffMs = this.#limits.firstBackOffMs;
      } while (this.#again && !this.#stopped);
    } catch (error) {
      this.#onFailure(error);
      this.#cancelRetry = this.#timers.after(this.#backOffMs, () => {
        this.#cancelRetry = undefined;
        this.wake();
      });
      this.#backOffMs = Math.min(2 * this.#backOffMs, this.#limits.maxBackOffMs);
    }
  }
}
