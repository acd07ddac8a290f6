// SPDX-License-Identifier: Apache-2.0
/** Timers that stand still until the test moves them. */
import type { Timers } from '../timers.ts';

export class HeldTimers implements Timers {
  #nowMs = 0;
  readonly #waiting = new Set<{ readonly atMs: number; readonly run: () => void }>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#waiting.add(timer);
    return () => void this.#waiting.delete(timer);
  }

  /** Milliseconds until each timer that waits, the next one first. */
  waiting(): number[] {
    return [...this.#waiting].map(({ atMs }) => atMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Lets time pass, runs what is due, and lets everything settle that follows from it. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#nowMs = next.atMs;
      this.#waiting.delete(next);
      next.run();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  #next(untilMs: number) {
    const due = [...this.#waiting].filter(({ atMs }) => atMs <= untilMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }
}

/** Everything that only waits for other promises has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
