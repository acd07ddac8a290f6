// SPDX-License-Identifier: Apache-2.0
/** What intake puts into the journal: always readable, with gaps when they are due; and what it only looks at. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { decodeSenml, FLAG } from '../../devices/index.ts';
import { decodeReading } from '../../ledger/index.ts';
import { decodeRows, encodeRows } from '../journal/rows.ts';
import { MAX_HOLES } from './sequence-marks.ts';
import {
  BOOT,
  measured,
  numbered,
  OXI,
  openIntake as open,
  SESSION,
  START_MS,
  STAY,
  WEAR,
} from './testing/intake-bench.ts';

describe('every row', () => {
  const decimal = fc.tuple(fc.integer({ min: -999_999_999, max: 999_999_999 }), fc.integer({ min: 0, max: 5 }));
  const content = fc.oneof(
    decimal.map(([whole, decimals]) => `"v":${(whole / 10 ** decimals).toFixed(decimals).replace(/^-(?=[0.]+$)/, '')}`),
    fc.constantFrom('"vs":"no-signal"', '"vs":"sensor-off"'),
  );
  const body = fc
    .record({
      first: fc.oneof(fc.nat({ max: 90 }), fc.integer({ min: 0, max: 10 ** 15 - 100 })),
      contents: fc.array(content, { minLength: 1, maxLength: 5 }),
      timeS: fc.option(fc.double({ min: 2 ** 28, max: 253_402_300_799, noNaN: true })),
    })
    .map(({ first, contents, timeS }) => {
      const time = timeS === null ? '' : `,"t":${timeS.toFixed(4)}`;
      const records = contents.map((one, i) => {
        const base = i === 0 ? `"bn":"${SESSION}:",` : '';
        return `{${base}"n":"temperature","u":"Cel",${one},"seq_":${first + i}${time}}`;
      });
      return Buffer.from(`[${records.join(',')}]`);
    });
  test.prop([fc.array(body, { minLength: 1, maxLength: 6 })])(
    'can always be read back, whatever a device sends: what cannot would stop the gateway for ever',
    (bodies) => {
      const { intake, cadence } = open();
      cadence.watch(WEAR.handle, 1000, START_MS);
      let taken = 0;
      for (const [i, one] of bodies.entries()) {
        const decoded = decodeSenml(one);
        if (!decoded.ok) throw decoded.error;
        try {
          const { readings, entry } = intake.take(WEAR, decoded.value.measurements, 4_000.7 * i);
          const rows = decodeRows(encodeRows(entry.rows)).filter((row) => row.kind === 'reading');
          const back = rows.map((row) => decodeReading(row.bytes));
          expect(back).toEqual(readings.map(({ raw: _, stay: __, ...rest }) => rest));
          taken += back.length;
        } catch (error) {
          expect(error).toMatchObject({ code: 'SEQUENCE_REFUSED' });
        }
      }
      expect(taken).toBeGreaterThan(0);
    },
  );
});

describe('a look at what cannot be stored', () => {
  it('shows it, and marks nothing: the same readings are new when they come again', () => {
    const { intake, marks, counts, link } = open();
    link(WEAR, START_MS);
    const seen = intake.look(WEAR, [numbered(0), numbered(1, { value: { mantissa: 40, exponent: 0 } })], 500.2);
    expect(
      seen.map(({ stay, sequence, flags, correctedMs }) => [stay, sequence, flags, correctedMs - START_MS]),
    ).toEqual([
      [STAY, 0, 0, 500],
      [STAY, 1, FLAG.implausible, 500],
    ]);
    expect([marks.get(WEAR.handle, SESSION), counts]).toEqual([undefined, {}]);
    expect(intake.take(WEAR, [numbered(0), numbered(1)], 600).readings.length).toBe(2);
  });

  it('shows nothing of a sensor that has no stay yet, for none can be written', () => {
    const { intake, ward } = open();
    expect(intake.look(WEAR, [numbered(0)], 0)).toEqual([]);
    expect(ward.openStays()).toEqual([]);
  });
});

describe('gaps that are due', () => {
  const known = (handle: string) => (handle === WEAR.handle ? WEAR : undefined);

  it('are missing numbers after their time of grace, once, with the marks that say so', () => {
    const { intake, counts } = open();
    intake.take(WEAR, [numbered(0)], 0);
    intake.take(WEAR, [numbered(5)], 1000);
    expect(intake.gapsDue(known, START_MS + 31_000, 30_000).rows).toEqual([]);
    const { rows, marks } = intake.gapsDue(known, START_MS + 31_001, 30_000);
    expect(counts['gaps']).toBe(rows.length);
    expect(rows).toMatchObject([
      {
        kind: 'gap',
        boot: BOOT,
        gap: {
          evidence: 'sequence-missing',
          fromMs: START_MS,
          toMs: START_MS + 1000,
          missing: { session: SESSION, first: 1, last: 4 },
        },
      },
    ]);
    expect(marks?.[0]?.holes).toMatchObject([{ first: 1, last: 4, reported: true }]);
    expect(intake.gapsDue(known, START_MS + 90_000, 30_000).rows).toEqual([]);
  });

  it('of readings that are sent later, out of order, have their time of grace from when they were noticed', () => {
    const { intake } = open();
    const old = (sequence: number) => numbered(sequence, { deviceTimeMs: START_MS - 3_600_000 + 1000 * sequence });
    intake.take(WEAR, [old(0)], 0);
    intake.take(WEAR, [old(2)], 100);
    expect(intake.gapsDue(known, START_MS + 200, 30_000).rows).toEqual([]);
    intake.take(WEAR, [old(1)], 300);
    expect(intake.gapsDue(known, START_MS + 90_000, 30_000).rows).toEqual([]);
  });

  it('are silence that goes on, told under the stay that the sensor was linked to', () => {
    const { intake, cadence, link } = open();
    link(WEAR, START_MS - 1000);
    cadence.watch(WEAR.handle, 1000, START_MS);
    intake.take(WEAR, [numbered(0)], 0);
    const { rows, progress } = intake.gapsDue(known, START_MS + 300_000, 30_000);
    expect(rows).toMatchObject([{ stay: STAY, gap: { evidence: 'cadence-missed' } }]);
    expect(progress).toEqual([{ device: WEAR.handle, lastMs: START_MS, reportedToMs: START_MS + 300_000 }]);
  });

  it('are none of an episodic device, nor of one that is enrolled no more', () => {
    const { intake, cadence } = open();
    intake.take(OXI, [measured()], 0);
    expect(intake.gapsDue(() => OXI, START_MS + 9_000_000, 0).rows).toEqual([]);
    cadence.watch('gone', 1000, START_MS);
    expect(intake.gapsDue(known, START_MS + 9_000_000, 0).rows).toEqual([]);
  });

  it('are signed of a hole that is given up in the commit that forgets it, before its time of grace', () => {
    const { intake, counts } = open();
    const gapsOf = (sequence: number) => {
      const { rows, marks } = intake.take(WEAR, [numbered(sequence)], sequence).entry;
      const gaps = rows.flatMap((row) => (row.kind === 'gap' ? [row.gap] : []));
      return { gaps, floors: marks?.map(({ floor }) => floor) };
    };
    for (let i = 0; i <= MAX_HOLES; i++) expect(gapsOf(2 * i)).toEqual({ gaps: [], floors: [-1] });
    expect(gapsOf(2 * MAX_HOLES + 2)).toEqual({
      gaps: [
        {
          device: WEAR.handle,
          evidence: 'sequence-missing',
          fromMs: START_MS,
          toMs: START_MS + 2,
          missing: { session: SESSION, first: 1, last: 1 },
        },
      ],
      floors: [1],
    });
    expect(counts['gaps']).toBe(1);
    expect(intake.gapsDue(known, START_MS + 90_000, 30_000).rows.length).toBe(MAX_HOLES);
  });

  it('are so many at once that their group can be written, also when every device of the largest ward is silent', () => {
    const { intake, cadence } = open();
    const handles = Array.from({ length: 10_000 }, (_, i) => `wear-${i}`);
    for (const device of handles)
      cadence.watch(device, 1000, START_MS, { device, lastMs: START_MS - 60_000, reportedToMs: START_MS - 60_000 });
    const told: string[] = [];
    for (let tick = 0; tick < 11; tick++) {
      const { rows } = intake.gapsDue(() => WEAR, START_MS, 0);
      encodeRows(rows);
      told.push(...rows.flatMap((row) => (row.kind === 'gap' ? [row.gap.device] : [])));
    }
    expect(told).toEqual(handles);
    // The control: all of them in one group would end the gateway, at every start.
    const all = told.map((device) => ({ device, evidence: 'gateway-down', fromMs: 0, toMs: 1 }) as const);
    const rows = all.map((gap) => ({ kind: 'gap', stay: STAY, boot: BOOT, gap }) as const);
    expect(() => encodeRows(rows)).toThrow(RangeError);
  });

  it('are missing numbers of a device that was enrolled then, and is no more', () => {
    const { intake } = open();
    for (const n of [0, 5]) intake.take(WEAR, [numbered(n)], n);
    const { rows } = intake.gapsDue(() => undefined, START_MS + 90_000, 30_000);
    expect(rows).toMatchObject([{ gap: { missing: { first: 1, last: 4 } } }]);
  });

  it('are at most 1,024 missing numbers at once; the rest follows', () => {
    const { intake } = open();
    for (let session = 0; session < 10; session++) {
      const own = { session: session.toString(16).padStart(16, '0') };
      for (let n = 0; n < 150; n++) intake.take(WEAR, [numbered(2 * n, own)], 0);
    }
    const counts = [1, 2, 3].map(() => intake.gapsDue(known, START_MS + 90_000, 30_000).rows.length);
    expect(counts).toEqual([1024, 1490 - 1024, 0]);
  });
});
