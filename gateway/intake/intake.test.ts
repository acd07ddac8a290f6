// SPDX-License-Identifier: Apache-2.0
/** Which reading, whose, when, plausible: what intake takes, drops and flags. */
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../devices/index.ts';
import { decodeReading } from '../../ledger/index.ts';
import { MAX_SEQUENCE_JUMP } from './sequence-marks.ts';
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

describe('which reading it is', () => {
  it('is told by device, session and sequence: a number that was taken is dropped, in one message and in a later one', () => {
    const { intake, counts } = open();
    const { readings, entry } = intake.take(WEAR, [numbered(0), numbered(1), numbered(1), numbered(0)], 0);
    expect(readings.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(entry.rows.length).toBe(2);
    const again = intake.take(WEAR, [numbered(1)], 5);
    expect([again.readings, again.entry.rows, again.entry.marks]).toEqual([[], [], []]);
    expect(counts).toEqual({ accepted: 2, duplicate: 3 });
  });

  it('goes to the journal with the mark it moved: the newest of each session', () => {
    const { intake } = open();
    const other = '00000000000000e1';
    const { entry } = intake.take(WEAR, [numbered(0), numbered(1), numbered(7, { session: other })], 0);
    expect(entry.marks?.map(({ session, high }) => [session, high])).toEqual([
      [SESSION, 1],
      [other, 7],
    ]);
  });

  it('is refused with its whole message when its number cannot be right, and nothing of it is marked', () => {
    const { intake, marks } = open();
    intake.take(WEAR, [numbered(0)], 0);
    const absurd = [numbered(1), numbered(2 + MAX_SEQUENCE_JUMP)];
    expect(() => intake.take(WEAR, absurd, 1)).toThrow(expect.objectContaining({ code: 'SEQUENCE_REFUSED' }));
    expect(marks.get(WEAR.handle, SESSION)?.high).toBe(0);
    expect(intake.take(WEAR, [numbered(1)], 2).readings.length).toBe(1);
  });

  it('of a live stream, which sends neither number nor time, is never collapsed: a steady pulse stays', () => {
    const { intake, counts } = open();
    const steady = [measured(), measured(), measured()];
    const { readings } = intake.take(OXI, steady, 0);
    const more = intake.take(OXI, steady, 1000).readings;
    expect([...readings, ...more].map(({ session, sequence }) => [session, sequence])).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => [BOOT, n]),
    );
    expect(readings.every(({ flags }) => flags === FLAG.sequenceAssigned)).toBe(true);
    expect(counts['collapsed']).toBeUndefined();
  });

  it('of a device that sends a time only, collapses with equal time and equal bytes, and is a conflict with other bytes', () => {
    const { intake, counts } = open();
    const at = (raw: string) => measured({ deviceTimeMs: START_MS, raw: Buffer.from(raw) });
    const flags = [at('a'), at('a'), at('b'), at('b')].map((one) => intake.take(OXI, [one], 0).readings[0]?.flags);
    const assigned = FLAG.sequenceAssigned;
    expect(flags).toEqual([assigned, undefined, assigned | FLAG.conflict, undefined]);
    expect(counts).toMatchObject({ accepted: 2, collapsed: 2 });
    expect(intake.take(OXI, [at('a')], 600_001).readings.length).toBe(1);
  });
});

describe('whose it is', () => {
  it('is told by the link at its corrected time, not at its arrival', () => {
    const { intake, ward, link } = open();
    link(WEAR, START_MS);
    ward.apply(ward.discharge('1', START_MS + 10_000));
    const take = (sequence: number, deviceTimeMs: number) =>
      intake.take(WEAR, [numbered(sequence, { deviceTimeMs })], 20_000).readings[0]!;
    expect(take(0, START_MS + 9_999).stay).toBe(STAY);
    expect(take(1, START_MS + 10_000).stay).not.toBe(STAY);
  });

  it('of a sensor outside every link, is a stay of nobody that begins with it, once', () => {
    const { intake, ward } = open();
    const first = intake.take(WEAR, [numbered(0)], 0);
    expect(first.entry.changes?.map(({ type }) => type)).toEqual(['open-stay', 'open-link']);
    const second = intake.take(WEAR, [numbered(1)], 1000);
    expect(second.entry.changes).toEqual([]);
    expect(second.readings[0]!.stay).toBe(first.readings[0]!.stay);
    expect(ward.stay(first.readings[0]!.stay)?.bed).toBeNull();
  });

  it('of two new sensors are two stays', () => {
    const { intake } = open();
    const stays = [WEAR, OXI].map((device) => intake.take(device, [measured()], 0).readings[0]!.stay);
    expect(new Set(stays).size).toBe(2);
  });
});

describe('when it was', () => {
  it('is in whole milliseconds: the gateway’s own for a device without a clock', () => {
    const { intake } = open();
    const [reading] = intake.take(WEAR, [numbered(0)], 12.6).readings;
    expect(reading).toMatchObject({ monotonicMs: 13, correctedMs: START_MS + 13, timeQuality: 'received', boot: BOOT });
  });

  it('is long ago for what arrived late: flagged, and counted', () => {
    const { intake, counts } = open();
    const late = numbered(0, { deviceTimeMs: START_MS - 60_001 });
    const { readings } = intake.take(WEAR, [late, numbered(1, { deviceTimeMs: START_MS })], 0);
    expect(readings.map(({ flags }) => flags & FLAG.late)).toEqual([FLAG.late, 0]);
    expect(counts['late']).toBe(1);
  });

  it('is estimated for each session of a device on its own: a restart sets its clock anew', () => {
    const { intake } = open();
    const ahead = intake.take(WEAR, [numbered(0, { deviceTimeMs: START_MS + 60_000 })], 0).readings[0]!;
    const fresh = numbered(0, { session: '00000000000000e1', deviceTimeMs: START_MS + 900 });
    const after = intake.take(WEAR, [fresh], 1000).readings[0]!;
    expect([ahead.timeQuality, ahead.correctedMs - START_MS]).toEqual(['device-corrected', 0]);
    expect([after.timeQuality, after.correctedMs - START_MS]).toEqual(['device', 900]);
  });
});

describe('whether it is plausible', () => {
  it('is a flag beside those of the device; the value is kept', () => {
    const { intake } = open();
    const odd = numbered(0, { value: { mantissa: 40, exponent: 0 }, flags: FLAG.weakSignal });
    const [reading] = intake.take(WEAR, [odd], 0).readings;
    expect(reading).toMatchObject({ value: { mantissa: 40, exponent: 0 }, flags: FLAG.weakSignal | FLAG.implausible });
  });

  it('is not asked of an absent value', () => {
    const { intake } = open();
    const { value: _, ...absent } = numbered(0, { absent: 'no-signal' });
    expect(intake.take(WEAR, [absent], 0).readings[0]).toMatchObject({ absent: 'no-signal', flags: 0 });
  });
});

describe('what goes to the journal', () => {
  it('is each reading with the bytes as received beside it, and not in it', () => {
    const { intake } = open();
    const [row] = intake.take(WEAR, [numbered(0)], 0).entry.rows;
    expect(row).toMatchObject({ kind: 'reading', raw: Buffer.from('as received') });
    if (row?.kind === 'reading') expect(decodeReading(row.bytes).raw).toBeUndefined();
  });

  it('is the gap that ends before the readings, with the progress of the device', () => {
    const { intake, cadence } = open();
    cadence.watch(WEAR.handle, 1000, START_MS);
    const { entry } = intake.take(WEAR, [numbered(0)], 9_000);
    expect(entry.rows.map(({ kind }) => kind)).toEqual(['gap', 'reading']);
    const [row] = entry.rows;
    if (row?.kind === 'gap')
      expect(row.gap).toEqual({
        device: WEAR.handle,
        evidence: 'cadence-missed',
        fromMs: START_MS,
        toMs: START_MS + 9_000,
      });
    expect(entry.progress).toEqual([{ device: WEAR.handle, lastMs: START_MS + 9_000, reportedToMs: START_MS + 9_000 }]);
    expect(intake.take(WEAR, [numbered(0)], 9_100).entry.progress).toEqual([]);
  });
});
