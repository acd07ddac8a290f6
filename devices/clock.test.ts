// SPDX-License-Identifier: Apache-2.0
/** One origin, one rate: two processes agree, and nothing runs backwards. */
import { describe, expect, it, vi } from 'vitest';
import { createWardClock, parseClock } from './clock.ts';

function machine(wall: number, monotonic: number) {
  const time = { wall, monotonic };
  return { time, clocks: { wallMs: () => time.wall, monotonicMs: () => time.monotonic } };
}

describe('createWardClock', () => {
  it('counts ward time from the origin, scaled', () => {
    const { time, clocks } = machine(1_000_500, 7);
    const clock = createWardClock({ rate: 60, originRealMs: 1_000_000, originWardMs: 5_000_000 }, clocks);
    expect(clock.wallMs()).toBe(5_030_000);
    expect(clock.monotonicMs()).toBe(0);
    time.monotonic += 1_000;
    expect(clock.wallMs()).toBe(5_090_000);
    expect(clock.monotonicMs()).toBe(60_000);
  });

  it('lets two processes that started at different moments agree', () => {
    const origin = { rate: 10, originRealMs: 1_000, originWardMs: 0 };
    const early = machine(2_000, 50);
    const first = createWardClock(origin, early.clocks);
    early.time.monotonic += 3_000;
    const second = createWardClock(origin, machine(5_000, 999).clocks);
    expect(first.wallMs()).toBe(second.wallMs());
  });

  it('tells by how much the machine clock was set, whatever time has passed', () => {
    const { time, clocks } = machine(1_000, 7);
    const clock = createWardClock({ rate: 60, originRealMs: 0, originWardMs: 0 }, clocks);
    time.wall += 90_000;
    time.monotonic += 90_000;
    expect(clock.setSinceMs()).toBe(0);
    time.wall += 3_600_000;
    expect(clock.setSinceMs()).toBe(3_600_000);
    time.wall -= 7_200_000;
    expect(clock.setSinceMs()).toBe(-3_600_000);
  });

  it('does not follow a machine clock that is set back', () => {
    const { time, clocks } = machine(1_000, 0);
    const clock = createWardClock({ rate: 1, originRealMs: 0, originWardMs: 0 }, clocks);
    time.wall = 0;
    time.monotonic = 1.5;
    expect(clock.wallMs()).toBe(1_001);
  });

  it('waits in ward time, and wakes up for a signal', async () => {
    vi.useFakeTimers();
    try {
      const clock = createWardClock({ rate: 1_000, originRealMs: 0, originWardMs: 0 });
      const waited = vi.fn<() => void>();
      const waiting = clock.delay(60_000).then(waited);
      await vi.advanceTimersByTimeAsync(59);
      expect(waited).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await waiting;
      expect(waited).toHaveBeenCalledOnce();
      const abort = new AbortController();
      const long = clock.delay(Number.MAX_SAFE_INTEGER, abort.signal).then(waited);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(waited).toHaveBeenCalledOnce();
      abort.abort();
      await long;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('parseClock', () => {
  it('reads REALMS:WARDMS and a rate', () => {
    expect(parseClock({ origin: '1000:2000', rate: '60' })).toStrictEqual({
      rate: 60,
      originRealMs: 1000,
      originWardMs: 2000,
    });
    expect(parseClock({ origin: '1000', rate: '0.5' })).toStrictEqual({
      rate: 0.5,
      originRealMs: 1000,
      originWardMs: 1000,
    });
  });
  it('has the time of the machine without flags', () => {
    const options = parseClock({});
    expect(options?.rate).toBe(1);
    expect(options?.originWardMs).toBe(options?.originRealMs);
    expect(options?.originRealMs).toBeGreaterThan(1.7e12);
  });
  it.each(['', ':', '1:', ':1', '1:2:3', '-1:2', '1.5:2', 'a:b', `1:${'9'.repeat(16)}`])(
    'refuses the origin %j',
    (origin) => {
      expect(parseClock({ origin })).toBeUndefined();
    },
  );
  it.each(['', '0', '-1', '1e3', 'NaN', '1000000000', '0x10', '0.0'])('refuses the rate %j', (rate) => {
    expect(parseClock({ rate })).toBeUndefined();
  });
});
