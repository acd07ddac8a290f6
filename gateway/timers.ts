// SPDX-License-Identifier: Apache-2.0
/** Real time, handed in so that a test can hold it still. Not ward time: `--rate` never scales it. */

export interface Timers {
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  /** Runs once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own timers, for composition roots. */
export function systemTimers(): Timers {
  return {
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
