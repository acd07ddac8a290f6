// SPDX-License-Identifier: Apache-2.0
/** The limits of a batch that is still open. */
import { describe, expect, it } from 'vitest';
import { OpenBatch } from './open-batch.ts';
import { BOOT, reading, rowOf, START_MS, stayId } from './testing/recorder-bench.ts';

const LIMITS = { batchMaxMs: 1000, batchMaxReadings: 3, batchMaxBytes: 1_000_000 };
const gap = { device: 'wear-1', evidence: 'cadence-missed', fromMs: START_MS, toMs: START_MS + 9 } as const;

function open() {
  const batch = new OpenBatch(stayId(1), BOOT, START_MS, 7);
  const add = (n: number, more = {}) => {
    const row = rowOf(reading(n, more));
    const bytes = row.kind === 'reading' ? row.bytes : new Uint8Array();
    batch.addReading(7 + n, { reading: reading(n, more), bytes });
  };
  return { batch, add };
}

describe('an open batch', () => {
  it('is full at so many readings', () => {
    const { batch, add } = open();
    add(0);
    add(1);
    expect(batch.isFull(LIMITS)).toBe(false);
    add(2);
    expect(batch.isFull(LIMITS)).toBe(true);
  });

  it('is full at so many bytes: raw bytes count, and a new series costs more than one more reading', () => {
    const sizeAt = (fill: (add: ReturnType<typeof open>['add']) => void): number => {
      const { batch, add } = open();
      fill(add);
      let bytes = 0;
      while (batch.isFull({ ...LIMITS, batchMaxReadings: 99, batchMaxBytes: bytes + 1 })) bytes += 1;
      return bytes;
    };
    const raw = new Uint8Array();
    const one = sizeAt((add) => add(0, { raw }));
    const same = sizeAt((add) => [0, 1].forEach((n) => void add(n, { raw })));
    const other = sizeAt((add) => ['a', 'b'].forEach((device, n) => void add(n, { raw, device })));
    const withRaw = sizeAt((add) => add(0, { raw: new Uint8Array(100) }));
    expect(other - one).toBe(one);
    expect(same - one).toBeLessThan(one / 2);
    expect(withRaw).toBe(one + 100);
  });

  it('is full at 1,024 gaps', () => {
    const { batch } = open();
    for (let i = 0; i < 1023; i++) batch.addGap(7 + i, gap);
    expect(batch.isFull(LIMITS)).toBe(false);
    batch.addGap(1030, gap);
    expect(batch.isFull(LIMITS)).toBe(true);
  });

  it('is due at its age', () => {
    const { batch } = open();
    expect([999, 1000].map((age) => batch.isDue(LIMITS, START_MS + age))).toEqual([false, true]);
  });

  it('knows its first and last row, and the window of readings and gaps in whatever order', () => {
    const { batch, add } = open();
    add(5);
    add(2);
    batch.addGap(20, { ...gap, fromMs: START_MS - 1, toMs: START_MS + 3 });
    expect([batch.first, batch.last]).toEqual([7, 20]);
    expect(batch.window()).toEqual({ fromMs: START_MS - 1, toMs: START_MS + 5000 });
  });
});
