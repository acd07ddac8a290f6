// SPDX-License-Identifier: Apache-2.0
/** Sequence marks: new, resend or refused, against a plain set of numbers. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { MAX_HOLES, MAX_SEQUENCE_JUMP, MAX_SESSIONS_PER_DEVICE, SequenceMarks } from './sequence-marks.ts';

const S = '00000000000000e0';

describe('sequence marks', () => {
  test.prop([fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 120 })])(
    'agree with a plain set of seen numbers, whatever order, loss and repetition',
    (sequence) => {
      const marks = new SequenceMarks();
      const seen = new Set<number>();
      for (const n of sequence) {
        expect(marks.take('d', S, n, n)).toBe(seen.has(n) ? 'duplicate' : 'new');
        seen.add(n);
      }
    },
  );

  test.prop([fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 60 }), fc.nat({ max: 40 })])(
    'survive being stored and loaded',
    (numbers, probe) => {
      const marks = new SequenceMarks();
      for (const n of numbers) marks.take('d', S, n, n);
      const loaded = new SequenceMarks([structuredClone(marks.get('d', S)!)]);
      expect(loaded.take('d', S, probe, 0)).toBe(marks.take('d', S, probe, 0));
    },
  );

  it('keep sessions and devices apart', () => {
    const marks = new SequenceMarks();
    expect(marks.take('a', S, 5, 0)).toBe('new');
    expect(marks.take('b', S, 5, 0)).toBe('new');
    expect(marks.take('a', '00000000000000e1', 5, 0)).toBe('new');
    expect(marks.take('a', S, 5, 0)).toBe('duplicate');
  });

  it('bound what a device can make them remember', () => {
    const marks = new SequenceMarks();
    for (let i = 0; i < MAX_SESSIONS_PER_DEVICE; i++)
      expect(marks.take('d', i.toString(16).padStart(16, '0'), 0, 0)).toBe('new');
    expect(marks.take('d', 'ffffffffffffffff', 0, 0)).toBe('refused');
    for (let i = 0; i < 2 * MAX_HOLES; i++) marks.take('d', '0000000000000000', 2 * i, i);
    expect(marks.get('d', '0000000000000000')!.holes.length).toBe(MAX_HOLES);
    expect(marks.take('d', '0000000000000000', 1, 0)).toBe('refused');
    expect(marks.take('d', '0000000000000000', 4 * MAX_HOLES - 3, 0)).toBe('new');
    expect(marks.take('d', '0000000000000001', 2 + MAX_SEQUENCE_JUMP, 0)).toBe('refused');
  });

  it('give a hole that was loaded its time of grace from the start on, for its resend may be on its way', () => {
    const before = new SequenceMarks();
    for (const n of [0, 5]) before.take('d', S, n, 1000);
    const { sinceMs: _, ...hole } = before.get('d', S)!.holes[0]!;
    const loaded = new SequenceMarks([{ ...before.get('d', S)!, holes: [hole] }], 50_000);
    expect([loaded.report(50_000).length, loaded.report(50_001).length]).toEqual([0, 1]);
  });

  it('report a hole once, after its time of grace, and not what was never heard', () => {
    const marks = new SequenceMarks();
    marks.take('d', S, 10, 1000);
    marks.take('d', S, 14, 2000);
    marks.take('d', S, 12, 2100);
    expect(marks.report(2000)).toEqual([]);
    const [due] = marks.report(2001);
    expect(due!.holes.map(({ first, last, fromMs, toMs }) => [first, last, fromMs, toMs])).toEqual([
      [11, 11, 1000, 2000],
      [13, 13, 1000, 2000],
    ]);
    expect(marks.report(9999)).toEqual([]);
    expect(marks.take('d', S, 11, 9000)).toBe('new');
  });

  describe('beyond what they can remember', () => {
    const start = 2 * MAX_HOLES - 20;
    /** Every other number at first, then any, each step with or without a report; the numbers that nothing accounts for in the end. */
    function unaccounted(steps: readonly { step: number; report: boolean }[], hearsOfGivenUp: boolean): number[] {
      const marks = new SequenceMarks();
      const accounted = new Set<number>();
      const sign = (found: ReturnType<SequenceMarks['report']>) =>
        found.forEach(({ holes }) => {
          for (const { first, last } of holes) for (let n = first; n <= last; n++) accounted.add(n);
        });
      const take = (n: number) => {
        if (marks.take('d', S, n, n) === 'new') accounted.add(n);
        if (hearsOfGivenUp) sign(marks.givenUp());
      };
      for (let n = 0; n < start; n += 2) take(n);
      for (const { step, report } of steps) {
        take(Math.max(0, marks.get('d', S)!.high + step));
        if (report) sign(marks.report(Number.POSITIVE_INFINITY, 3));
      }
      sign(marks.report(Number.POSITIVE_INFINITY));
      const { high } = marks.get('d', S)!;
      return Array.from({ length: high }, (_, n) => n).filter((n) => !accounted.has(n));
    }
    const steps = fc.array(fc.record({ step: fc.integer({ min: -600, max: 5 }), report: fc.boolean() }), {
      minLength: 40,
      maxLength: 200,
    });

    test.prop([steps], { numRuns: 50 })('they lose no number: each was taken, or is signed as missing', (some) => {
      expect(unaccounted(some, true)).toEqual([]);
    });

    it('they would, if nobody heard of the holes that are given up', () => {
      const some = Array.from({ length: 20 }, () => ({ step: 2, report: false }));
      expect(unaccounted(some, false)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17]);
      expect(unaccounted(some, true)).toEqual([]);
    });

    it('they tell of a hole that is given up once, and not of one that stands on record', () => {
      const marks = new SequenceMarks();
      for (let i = 0; i <= MAX_HOLES; i++) marks.take('d', S, 2 * i, i);
      expect(marks.givenUp()).toEqual([]);
      marks.take('d', S, 2 * MAX_HOLES + 2, 0);
      const told = marks.givenUp();
      expect(told).toMatchObject([{ mark: { device: 'd', session: S, floor: 1 }, holes: [{ first: 1, last: 1 }] }]);
      expect(marks.givenUp()).toEqual([]);
      marks.report(Number.POSITIVE_INFINITY);
      marks.take('d', S, 2 * MAX_HOLES + 4, 0);
      expect([marks.get('d', S)!.floor, marks.givenUp()]).toEqual([3, []]);
    });
  });
});
