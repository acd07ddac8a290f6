// SPDX-License-Identifier: Apache-2.0
/** The beat neither drifts nor catches up, tried on a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import type { WardClock } from '../clock.ts';
import { keepCadence } from './cadence.ts';

/** Runs `beats` beats of 100 ward ms on a clock that oversleeps by so many real ms before beat number n, and gives their ward times. */
async function beatsOf(
  beats: number,
  oversleepRealMs: (n: number) => number,
  { rate = 1, firstAfterMs = 0 } = {},
): Promise<number[]> {
  let nowMs = 1000;
  const times: number[] = [];
  const stop = new AbortController();
  const clock: WardClock = {
    options: { rate, originRealMs: 0, originWardMs: 0 },
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    setSinceMs: () => 0,
    delay: async (wardMs) => {
      nowMs += Math.max(0, wardMs) + oversleepRealMs(times.length) * rate;
    },
  };
  await keepCadence({ clock, signal: stop.signal }, { periodMs: 100, firstAfterMs }, (wardMs) => {
    times.push(wardMs);
    if (times.length === beats) stop.abort();
  });
  return times;
}

describe('keepCadence', () => {
  it('does not add up what each beat is late', async () => {
    expect(await beatsOf(4, () => 30)).toStrictEqual([1030, 1130, 1230, 1330]);
  });
  it('starts after its offset', async () => {
    expect(await beatsOf(2, () => 0, { firstAfterMs: 40 })).toStrictEqual([1040, 1140]);
  });
  it('makes up for a short pause, and goes on from now after a long one', async () => {
    expect(await beatsOf(5, (n) => (n === 1 ? 250 : 0))).toStrictEqual([1000, 1350, 1350, 1350, 1400]);
    expect(await beatsOf(4, (n) => (n === 1 ? 3_600_020 : 0))).toStrictEqual([1000, 3_601_120, 3_601_120, 3_601_200]);
  });
  it('loses no beat to a short pause of the machine, however fast the ward time runs', async () => {
    const pauseOf = (realMs: number) => (n: number) => (n === 1 ? realMs : 0);
    const madeUp = Array.from({ length: 61 }, () => 7100);
    expect(await beatsOf(63, pauseOf(100), { rate: 60 })).toStrictEqual([1000, ...madeUp, 7200]);
    expect(await beatsOf(4, pauseOf(3000), { rate: 60 })).toStrictEqual([1000, 181_100, 181_100, 181_200]);
  });
});
