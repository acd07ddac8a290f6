// SPDX-License-Identifier: Apache-2.0
/** Ward time here: estimated from the stamps of messages, and advanced with the own monotonic clock, never with a wall clock. */

/** Stamps that take part; after so many the estimate has followed any step of the sender's clock. */
const STAMPS_MAX = 10;

export class WardClock {
  #rate = 1;
  #offsets: number[] = [];

  /** A message stamped `wardMs` was heard at `monotonicMs`, both in milliseconds. */
  hear(wardMs: number, rate: number, monotonicMs: number): void {
    if (rate !== this.#rate) this.reset();
    this.#rate = rate;
    this.#offsets = [...this.#offsets.slice(1 - STAMPS_MAX), wardMs - rate * monotonicMs];
  }

  /** Ward time in ms since 1970; null before the first stamp. The least delayed stamp counts: a late clock makes values look young. */
  at(monotonicMs: number): number | null {
    return this.#offsets.length === 0 ? null : Math.max(...this.#offsets) + this.#rate * monotonicMs;
  }

  get rate(): number {
    return this.#rate;
  }

  reset(): void {
    this.#offsets = [];
  }
}
