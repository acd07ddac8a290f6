// SPDX-License-Identifier: Apache-2.0
/** The beat neither drifts nor catches up, tried on a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import type { WardClock } from '../clock.ts';
import { keepCadence } from './cadence.ts';

/** Runs `beats` beats of 100 ms on a clock that oversleeps by `oversleepMs` before beat number n, and gives their times. */
async function beatsOf(beats: number, oversleepMs: (n: number) => number, firstAfterMs = 0): Promise<number[]> {
  let nowMs = 1000;
  const times: number[] = [];
  const stop = new AbortController();
  const clock = {
    wallMs: () => nowMs,
    delay: async (ms: number) => {
      nowMs += Math.max(0, ms) + oversleepMs(times.length);
    },
  } as unknown as WardClock;
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
    expect(await beatsOf(2, () => 0, 40)).toStrictEqual([1040, 1140]);
  });
  it('makes up for a short pause, and goes on from now after a long one', async () => {
    expect(await beatsOf(5, (n) => (n === 1 ? 250 : 0))).toStrictEqual([1000, 1350, 1350, 1350, 1400]);
    expect(await beatsOf(4, (n) => (n === 1 ? 3_600_020 : 0))).toStrictEqual([1000, 3_601_120, 3_601_120, 3_601_200]);
  });
});
