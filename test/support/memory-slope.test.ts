// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type MemorySample, memorySlopeMbPerHour, slopeLimitMbPerHour } from './memory-slope.ts';

const MINUTE_MS = 60_000;
const MB = 1e6;
const GATE = slopeLimitMbPerHour(25 * MINUTE_MS);

/** One bed's open batch: how often it is sealed, and how full it is at the start. */
interface Batch {
  readonly periodMs: number;
  readonly fill: number;
}
const batch = fc.record({
  periodMs: fc.integer({ min: 2 * MINUTE_MS, max: 5 * MINUTE_MS }),
  fill: fc.double({ min: 0, max: 1, noNaN: true }),
});
const ward = fc.array(batch, { minLength: 8, maxLength: 8 });
/** All beds were admitted at once and speak alike: their batches are sealed at the same time, the worst there is. */
const inStep: Batch[] = Array.from({ length: 8 }, () => ({ periodMs: 5 * MINUTE_MS, fill: 0.3 }));

/** 95 MB, batches of 0.1 MB as they are sealed, up to 0.8 MB under way while the machine is busy, now and then 2 MB, and a leak. */
function run(minutes: number, leakMbPerHour: number, batches: readonly Batch[] = inStep): MemorySample[] {
  return Array.from({ length: minutes * 12 }, (_, i) => {
    const atMs = i * 5000;
    const open = batches.reduce((sum, { periodMs, fill }) => sum + 0.1 * ((atMs / periodMs + fill) % 1), 0);
    const busy = 0.4 * (1 + Math.sin(i / 40)) * (((i * 7919) % 13) / 13);
    const underWay = i % 9 === 0 ? 2 : busy;
    return { atMs, bytes: MB * (95 + open + underWay + (leakMbPerHour * atMs) / (60 * MINUTE_MS)) };
  });
}

describe('the memory slope', () => {
  test.prop([ward], { numRuns: 20 })(
    'of 25 minutes tells batches from a leak of twice the gate, however they are sealed',
    (batches) => {
      expect(memorySlopeMbPerHour(run(25, 0, batches))).toBeLessThan(GATE);
      expect(memorySlopeMbPerHour(run(25, 2, batches))).toBeGreaterThan(GATE);
    },
  );

  it('is that of the leak when all batches are sealed at once', () => {
    expect(memorySlopeMbPerHour(run(25, 0))).toBeCloseTo(0, 0);
    expect(memorySlopeMbPerHour(run(25, 1.5))).toBeGreaterThan(GATE);
    expect(memorySlopeMbPerHour(run(25, 0.5))).toBeLessThan(GATE);
  });

  it.each([60, 240])('is not turned by one step of twice the gate, up or down, early or late (sample %i)', (at) => {
    for (const step of [-1, 1]) {
      const once = run(25, 0).map((sample, i) =>
        i > at ? { ...sample, bytes: sample.bytes + 2 * step * MB } : sample,
      );
      expect(Math.abs(memorySlopeMbPerHour(once))).toBeLessThan(GATE);
    }
  });

  it('passes its limit with a gross leak in a short run, and not with a small one', () => {
    const short = slopeLimitMbPerHour(3 * MINUTE_MS);
    expect(memorySlopeMbPerHour(run(3, 1000))).toBeGreaterThan(short);
    expect(memorySlopeMbPerHour(run(3, 2))).toBeLessThan(short);
  });
});
