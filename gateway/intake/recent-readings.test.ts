// SPDX-License-Identifier: Apache-2.0
/** Repeats by time and bytes: for ten minutes, and for a bounded number of readings. */
import { describe, expect, it } from 'vitest';
import { RecentReadings } from './recent-readings.ts';

const A = Buffer.from('a');
const B = Buffer.from('b');

describe('recent readings', () => {
  it('tell a repeat from a new reading and from another reading of the same moment', () => {
    const recent = new RecentReadings();
    expect(recent.see('d', 'spo2', 1, A, 0)).toBe('new');
    expect(recent.see('d', 'spo2', 1, A, 0)).toBe('repeat');
    expect(recent.see('d', 'spo2', 2, A, 0)).toBe('new');
    expect(recent.see('d', 'pulseRate', 1, A, 0)).toBe('new');
    expect(recent.see('e', 'spo2', 1, A, 0)).toBe('new');
    expect(recent.see('d', 'spo2', 1, B, 0)).toBe('conflict');
  });

  it('know the repeat of a conflicting reading too', () => {
    const recent = new RecentReadings();
    recent.see('d', 'spo2', 1, A, 0);
    recent.see('d', 'spo2', 1, B, 0);
    expect([recent.see('d', 'spo2', 1, B, 0), recent.see('d', 'spo2', 1, A, 0)]).toEqual(['repeat', 'repeat']);
  });

  it('are forgotten after ten minutes', () => {
    const recent = new RecentReadings();
    recent.see('d', 'spo2', 1, A, 0);
    expect(recent.see('d', 'spo2', 1, A, 600_000)).toBe('repeat');
    expect(recent.see('d', 'spo2', 1, A, 600_001)).toBe('new');
  });

  it('are forgotten, the oldest first, beyond 16,384', () => {
    const recent = new RecentReadings();
    for (let i = 0; i <= 16_384; i++) recent.see('d', 'spo2', i, A, 0);
    expect([recent.see('d', 'spo2', 1, A, 0), recent.see('d', 'spo2', 0, A, 0)]).toEqual(['repeat', 'new']);
  });

  it('remember a bounded number of readings of one moment: beyond it they are a conflict each time', () => {
    const recent = new RecentReadings();
    const at = (n: number) => recent.see('d', 'spo2', 1, Buffer.from(String(n)), 0);
    const first = Array.from({ length: 20 }, (_, n) => at(n));
    expect(first).toEqual(['new', ...Array.from({ length: 19 }, () => 'conflict')]);
    expect([at(15), at(19), at(19)]).toEqual(['repeat', 'conflict', 'conflict']);
  });
});
