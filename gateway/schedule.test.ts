// SPDX-License-Identifier: Apache-2.0
/** A job that repeats: never two at once, and no failure ends it. */
import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { every } from './schedule.ts';
import { HeldTimers, settled } from './testing/held-timers.ts';

function open() {
  const timers = new HeldTimers();
  const metrics = createMetrics();
  const lines: string[] = [];
  const runs: PromiseWithResolvers<unknown>[] = [];
  const log = createLog({ write: (line) => lines.push(line), nowMs: () => 0 });
  const job = () => {
    const run = Promise.withResolvers<unknown>();
    runs.push(run);
    return run.promise;
  };
  return { timers, metrics, lines, runs, schedule: every(100, job, { timers, log, metrics }, 'gaps') };
}

describe('a schedule', () => {
  it('runs its job after each period, and the next period begins when the run has ended', async () => {
    const { timers, runs } = open();
    await timers.advance(99);
    expect(runs.length).toBe(0);
    await timers.advance(1);
    expect(runs.length).toBe(1);
    await timers.advance(1000);
    expect(runs.length).toBe(1);
    runs[0]!.resolve(undefined);
    await settled();
    await timers.advance(99);
    expect(runs.length).toBe(1);
    await timers.advance(1);
    expect(runs.length).toBe(2);
  });

  it('counts and logs a failure, and goes on', async () => {
    const { timers, metrics, lines, runs } = open();
    await timers.advance(100);
    runs[0]!.reject(new Error('no room'));
    await settled();
    expect(metrics.read('schedule_gaps_failures_total')).toBe(1);
    expect(lines.filter((line) => line.includes('job-failed')).length).toBe(1);
    await timers.advance(100);
    expect(runs.length).toBe(2);
  });

  it('ends when it is disposed: waits for the run under way, and runs no more', async () => {
    const { timers, runs, schedule } = open();
    await timers.advance(100);
    let ended = false;
    const disposed = Promise.resolve(schedule[Symbol.asyncDispose]()).then(() => {
      ended = true;
    });
    await settled();
    expect(ended).toBe(false);
    runs[0]!.resolve(undefined);
    await disposed;
    await timers.advance(1000);
    expect([runs.length, timers.waiting()]).toEqual([1, []]);
  });

  it('ends before its first run too', async () => {
    const { timers, runs, schedule } = open();
    await schedule[Symbol.asyncDispose]();
    await timers.advance(1000);
    expect(runs.length).toBe(0);
  });
});
