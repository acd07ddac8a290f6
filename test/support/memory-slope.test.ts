// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { type MemorySample, memorySlopeMbPerHour, slopeLimitMbPerHour } from './memory-slope.ts';

const MINUTE_MS = 60_000;
const MB = 1e6;

/** 100 MB with the saw-tooth of a collector that runs every 40 s, and a leak. */
function run(minutes: number, leakMbPerHour: number): MemorySample[] {
  return Array.from({ length: minutes * 12 }, (_, i) => {
    const atMs = i * 5000;
    const sawTooth = (atMs % 40_000) / 40_000;
    return { atMs, bytes: MB * (100 + 12 * sawTooth + (leakMbPerHour * atMs) / (60 * MINUTE_MS)) };
  });
}

describe('the memory slope', () => {
  it('is that of the leak, whatever the collector does', () => {
    expect(memorySlopeMbPerHour(run(25, 0))).toBeCloseTo(0, 1);
    expect(memorySlopeMbPerHour(run(25, 3))).toBeCloseTo(3, 0);
  });

  it('is not turned by one full collection', () => {
    const once = run(25, 0).map((sample, i) => (i > 290 ? { ...sample, bytes: sample.bytes - 20 * MB } : sample));
    expect(Math.abs(memorySlopeMbPerHour(once))).toBeLessThan(1);
  });

  it('passes its limit with a leak of twice the gate in a long run, and with a gross one in a short run', () => {
    const full = 25 * MINUTE_MS;
    expect(memorySlopeMbPerHour(run(25, 2))).toBeGreaterThan(slopeLimitMbPerHour(full));
    expect(memorySlopeMbPerHour(run(25, 0.5))).toBeLessThan(slopeLimitMbPerHour(full));
    expect(memorySlopeMbPerHour(run(3, 1000))).toBeGreaterThan(slopeLimitMbPerHour(3 * MINUTE_MS));
    expect(memorySlopeMbPerHour(run(3, 2))).toBeLessThan(slopeLimitMbPerHour(3 * MINUTE_MS));
  });
});
