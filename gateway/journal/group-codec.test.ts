// SPDX-License-Identifier: Apache-2.0
/** A group as one block of bytes: it comes back as it was, and any bytes are a group or JOURNAL_DAMAGED. */
import { deflateRawSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { packGroup, unpackGroup } from './group-codec.ts';
import { encodeRows, type JournalRow } from './rows.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((b) => Buffer.from(b).toString('hex'));
const time = fc.integer({ min: 0, max: 2 ** 42 });
const device = fc.string({ minLength: 1, maxLength: 20 });
const rows = fc.array(
  fc.record({ kind: fc.constant('reading' as const), stay: hex(16), bytes, raw: bytes }) as fc.Arbitrary<JournalRow>,
  { maxLength: 8 },
);
const hole = fc.record({ first: fc.nat(), last: fc.nat(), fromMs: time, toMs: time, reported: fc.boolean() });
const mark = fc.record({
  device,
  session: hex(8),
  high: fc.nat(),
  highMs: time,
  floor: fc.integer({ min: -1, max: 100 }),
  holes: fc.array(hole, { maxLength: 3 }),
});
const progress = fc.record({ device, lastMs: time, reportedToMs: time });
const damaged = expect.objectContaining({ code: 'JOURNAL_DAMAGED' });

describe('a group', () => {
  test.prop([rows, fc.array(mark, { maxLength: 4 }), fc.array(progress, { maxLength: 4 })])(
    'comes back as it was',
    (some, marks, heard) => {
      const packed = packGroup({ rows: encodeRows(some), marks, progress: heard });
      expect(unpackGroup(packed)).toEqual({ rows: some, marks, progress: heard });
    },
  );

  test.prop([fc.uint8Array({ maxLength: 120 }), fc.boolean()])(
    'is damaged, and nothing else, when the bytes are any',
    (any, deflated) => {
      try {
        unpackGroup(deflated ? deflateRawSync(any) : any);
      } catch (error) {
        expect(error).toEqual(damaged);
      }
    },
  );

  it('is damaged when it breaks off, in a length or in a part', () => {
    const whole = Buffer.from([0, 0, 0, 1, 0x80, 0, 0, 0, 1, 0x80]);
    expect(unpackGroup(deflateRawSync(whole))).toEqual({ rows: [], progress: [], marks: [] });
    for (let length = 0; length < whole.length; length++)
      expect(() => unpackGroup(deflateRawSync(whole.subarray(0, length)))).toThrow(damaged);
  });

  it('of readings of one moment takes less than a third of their bytes', () => {
    const stay = 'ab'.repeat(16);
    const raw = (i: number) => Buffer.from(`{"n":"heartRate","u":"/min","v":7${i},"seq_":${i},"t":1795249800.00${i}}`);
    const some = Array.from({ length: 9 }, (_, i) => ({ kind: 'reading', stay, bytes: raw(i), raw: raw(i) }) as const);
    const encoded = encodeRows(some);
    expect(packGroup({ rows: encoded, marks: [], progress: [] }).length).toBeLessThan(encoded.length / 3);
  });
});
