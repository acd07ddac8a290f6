// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

/** How many of `count` requests at one moment get through. */
const through = (limit: RateLimit, address: string, nowMs: number, count = 100): number =>
  Array.from({ length: count }, () => limit.take(address, nowMs)).filter(Boolean).length;

describe('the rate limit', () => {
  it('lets a burst through, then 20 a second, for each address by itself', () => {
    const limit = new RateLimit();
    expect(through(limit, 'a', 0)).toBe(60);
    expect(through(limit, 'a', 1_000)).toBe(20);
    expect(through(limit, 'a', 1_025)).toBe(0);
    expect(through(limit, 'b', 1_025)).toBe(60);
    expect(through(limit, 'a', 3_600_000)).toBe(60);
  });

  it('forgets who was heard longest ago, not who keeps asking', () => {
    const limit = new RateLimit();
    through(limit, 'noisy', 0);
    through(limit, 'quiet', 0);
    for (let i = 0; i < 1_023; i++) {
      limit.take(`other ${i}`, 0);
      expect(limit.take('noisy', 0)).toBe(false);
    }
    expect(through(limit, 'quiet', 0)).toBe(60);
    expect(through(limit, 'noisy', 0)).toBe(0);
  });
});
