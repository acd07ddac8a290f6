// SPDX-License-Identifier: Apache-2.0
/** Repeats a job for as long as it is not disposed: never two at once, and a failure is counted and logged, not fatal. */
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Timers } from './timers.ts';

export interface ScheduleDeps {
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'count'>;
}

/** Runs `job` every `periodMs` real milliseconds, the first time after one period. Disposing waits for the run under way. */
export function every(
  periodMs: number,
  job: () => Promise<unknown>,
  deps: ScheduleDeps,
  name: string,
): AsyncDisposable {
  let stopped = false;
  let cancel = deps.timers.after(periodMs, run);
  let running: Promise<void> = Promise.resolve();

  function run(): void {
    running = job()
      .then(() => {})
      .catch((error: unknown) => {
        deps.metrics.count(`schedule_${name}_failures_total`);
        deps.log.warn('job-failed', { part: name, error });
      })
      .finally(() => {
        if (!stopped) cancel = deps.timers.after(periodMs, run);
      });
  }

  return {
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      cancel();
      await running;
    },
  };
}
