// SPDX-License-Identifier: Apache-2.0
/** Order, restart, back-off, giving up and the graceful stop, on timers held by the test. */
import { describe, expect, it } from 'vitest';
import { silentLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { type Part, Supervisor } from './supervisor.ts';
import type { Timers } from './timers.ts';

const LIMITS = { firstBackOffMs: 100, maxBackOffMs: 400, maxDeaths: 4, deathWindowMs: 10_000, stopDeadlineMs: 1000 };

class HeldTimers implements Timers {
  now = 0;
  #due: { at: number; run: () => void }[] = [];
  monotonicMs = () => this.now;
  after = (delayMs: number, run: () => void) => {
    const entry = { at: this.now + delayMs, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  };
  /** Lets `ms` pass, then everything that follows from it. */
  async pass(ms: number): Promise<void> {
    await settle();
    this.now += ms;
    const due = this.#due.filter((entry) => entry.at <= this.now);
    this.#due = this.#due.filter((entry) => entry.at > this.now);
    for (const entry of due) entry.run();
    await settle();
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A bench of parts that write down what happens to them. */
function bench(
  names: readonly string[],
  override: Partial<Record<string, Partial<Part> & { stop?: () => Promise<void> }>> = {},
) {
  const story: string[] = [];
  const kill = new Map<string, (cause: unknown) => void>();
  const timers = new HeldTimers();
  const metrics = createMetrics();
  const parts = names.map(
    (name): Part => ({
      name,
      async start() {
        story.push(`${name} up`);
        const { promise, resolve } = Promise.withResolvers<unknown>();
        kill.set(name, resolve);
        const stop = override[name]?.stop ?? (async () => undefined);
        return {
          failed: promise,
          [Symbol.asyncDispose]: async () => {
            await stop();
            story.push(`${name} down`);
          },
        };
      },
      ...override[name],
    }),
  );
  const supervisor = new Supervisor(parts, { timers, log: silentLog(), metrics, limits: LIMITS });
  return {
    story,
    timers,
    metrics,
    supervisor,
    kill: (name: string) => kill.get(name)?.(new Error('killed by the test')),
  };
}

describe('supervisor', () => {
  it('starts in order and stops in reverse order', async () => {
    const { story, supervisor } = bench(['a', 'b', 'c']);
    await supervisor.start();
    expect(await supervisor.stop()).toEqual([]);
    expect(story).toEqual(['a up', 'b up', 'c up', 'c down', 'b down', 'a down']);
  });

  it('stops what it started when a later part cannot start, and says why', async () => {
    const { story, supervisor } = bench(['a', 'b', 'c'], { b: { start: () => Promise.reject(new Error('no port')) } });
    await expect(supervisor.start()).rejects.toThrow('no port');
    expect(story).toEqual(['a up', 'a down']);
  });

  it('goes on without a part that the others do not need, and tries it for as long as they live', async () => {
    let tries = 0;
    const start = () => Promise.reject(new Error(`no port, try ${++tries}`));
    const { story, timers, metrics, supervisor } = bench(['a', 'b', 'c'], { b: { start, isDispensable: true } });
    await supervisor.start();
    expect(story).toEqual(['a up', 'c up']);
    for (let step = 0; step < 3 * LIMITS.maxDeaths; step += 1) await timers.pass(LIMITS.maxBackOffMs);
    expect(tries).toBe(1 + 3 * LIMITS.maxDeaths);
    expect(metrics.read('supervisor_gave_up_total')).toBe(0);
    await supervisor.stop();
    await timers.pass(LIMITS.maxBackOffMs);
    expect(tries).toBe(1 + 3 * LIMITS.maxDeaths);
    expect(story.slice(2)).toEqual(['c down', 'a down']);
  });

  it('restarts a dead part alone, after its remains were cleared and the back-off has passed', async () => {
    const { story, timers, metrics, supervisor, kill } = bench(['a', 'b']);
    await supervisor.start();
    kill('a');
    await timers.pass(99);
    expect(story).toEqual(['a up', 'b up', 'a down']);
    await timers.pass(1);
    expect(story).toEqual(['a up', 'b up', 'a down', 'a up']);
    expect(metrics.read('supervisor_part_deaths_total')).toBe(1);
  });

  it('doubles the back-off up to its bound, then gives up after too many deaths in the window', async () => {
    const { timers, story, supervisor, kill } = bench(['a']);
    await supervisor.start();
    const waits: number[] = [];
    for (let death = 0; death < LIMITS.maxDeaths; death += 1) {
      const ups = story.filter((line) => line === 'a up').length;
      kill('a');
      let waited = 0;
      for (; story.filter((line) => line === 'a up').length === ups; waited += 50) await timers.pass(50);
      waits.push(waited);
    }
    expect(waits).toEqual([100, 200, 400, 400]);
    kill('a');
    expect(await supervisor.gaveUp).toBe('a');
    await supervisor.stop();
  });

  it('forgets deaths that lie before the window', async () => {
    const { timers, story, supervisor, kill } = bench(['a']);
    await supervisor.start();
    for (let death = 0; death < 3 * LIMITS.maxDeaths; death += 1) {
      kill('a');
      await timers.pass(0);
      await timers.pass(LIMITS.deathWindowMs);
    }
    expect(story.filter((line) => line === 'a up')).toHaveLength(1 + 3 * LIMITS.maxDeaths);
  });

  it('counts a restart that fails as another death', async () => {
    let starts = 0;
    const start = (): ReturnType<Part['start']> => {
      starts += 1;
      if (starts > 1) return Promise.reject(new Error('port taken'));
      return Promise.resolve({ failed: Promise.resolve('dead'), [Symbol.asyncDispose]: async () => undefined });
    };
    const { timers, supervisor } = bench(['a'], { a: { start } });
    await supervisor.start();
    for (let step = 0; step < LIMITS.maxDeaths; step += 1) await timers.pass(LIMITS.maxBackOffMs);
    expect(await supervisor.gaveUp).toBe('a');
    expect(starts).toBe(1 + LIMITS.maxDeaths);
  });

  it('goes on stopping when one part hangs or throws, and names the late ones', async () => {
    const hang = () => new Promise<void>(() => undefined);
    const { timers, story, metrics, supervisor } = bench(['a', 'b', 'c'], {
      b: { stop: hang },
      c: { stop: () => Promise.reject(new Error('stuck')) },
    });
    await supervisor.start();
    const stopped = supervisor.stop();
    await timers.pass(LIMITS.stopDeadlineMs);
    expect(await stopped).toEqual(['c', 'b']);
    expect(story.at(-1)).toBe('a down');
    expect(metrics.read('supervisor_stop_failures_total')).toBe(2);
  });

  it('starts nothing any more once it stops, and stops once', async () => {
    const { timers, story, supervisor, kill } = bench(['a', 'b']);
    await supervisor.start();
    kill('a');
    await timers.pass(0);
    const both = await Promise.all([supervisor.stop(), supervisor.stop()]);
    await timers.pass(60_000);
    expect(both).toEqual([[], []]);
    expect(story).toEqual(['a up', 'b up', 'a down', 'b down']);
  });

  it('tells a part that still starts to end, and does not wait for it to be up', async () => {
    const start = (stop: AbortSignal) =>
      new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(new Error('ended'))));
    const { story, supervisor } = bench(['a', 'b', 'c'], { b: { start } });
    const starting = supervisor.start();
    await settle();
    expect(await supervisor.stop()).toEqual([]);
    await starting;
    expect(story).toEqual(['a up', 'a down']);
  });

  it('waits for a restart under way before it stops that part', async () => {
    const gate = Promise.withResolvers<void>();
    const story: string[] = [];
    let starts = 0;
    const start = async () => {
      starts += 1;
      if (starts === 2) await gate.promise;
      story.push('up');
      return {
        failed: starts === 1 ? Promise.resolve('dead') : new Promise(() => undefined),
        [Symbol.asyncDispose]: async () => void story.push('down'),
      };
    };
    const { timers, supervisor } = bench(['a'], { a: { start } });
    await supervisor.start();
    await timers.pass(0);
    await timers.pass(LIMITS.firstBackOffMs);
    const stopped = supervisor.stop();
    gate.resolve();
    await stopped;
    expect(story).toEqual(['up', 'down', 'up', 'down']);
  });
});
