// SPDX-License-Identifier: Apache-2.0
/** Columns of a batch and canonical readings: there and back, hostile bytes, and the size of a steady vital. */
import { randomBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { LedgerError } from '../errors.ts';
import { openColumns, packColumns, readingsOf } from './columns.ts';
import { decodeReading, encodeReading, MAX_INTEGER, type RecordReading } from './reading-codec.ts';
import { anyReading, steadyReadings } from './testing/readings.ts';

const LEAF_ZERO = Uint8Array.of(1, 2, 3);
const unpackColumns = (bytes: Uint8Array) => readingsOf(openColumns(bytes));

describe('columns of a batch', () => {
  test.prop([fc.array(anyReading, { maxLength: 40 })])(
    'unpack gives back every reading, bit for bit and in order',
    (readings) => {
      const back = unpackColumns(packColumns(LEAF_ZERO, readings));
      expect(back.map(encodeReading)).toEqual(readings.map(encodeReading));
      expect(openColumns(packColumns(LEAF_ZERO, readings)).leafZero).toEqual(LEAF_ZERO);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 200 })])('random bytes give readings or our own error', (bytes) => {
    try {
      unpackColumns(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
    }
  });

  test.prop([fc.array(anyReading, { minLength: 1, maxLength: 8 }), fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'a flipped byte gives readings or our own error',
    (readings, at, flip) => {
      const bytes = Uint8Array.from(packColumns(LEAF_ZERO, readings));
      bytes[at % bytes.length]! ^= flip;
      try {
        unpackColumns(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(LedgerError);
      }
    },
  );

  it.each<Partial<RecordReading>>([
    { monotonicMs: -1 },
    { sequence: -1 },
    { correctedMs: MAX_INTEGER + 1e12, deviceTimeMs: MAX_INTEGER + 1e12 },
  ])('refuses a number that no reading has: %j', (change) => {
    const [first, second] = steadyReadings(2);
    const packed = packColumns(LEAF_ZERO, [first!, { ...second!, ...change }]);
    expect(() => unpackColumns(packed)).toThrow(expect.objectContaining({ code: 'BATCH_MALFORMED' }));
  });

  it('needs less than 2 bytes a reading for a steady vital at 1 Hz', () => {
    const bytes = packColumns(LEAF_ZERO, steadyReadings(600));
    expect(bytes.length / 600).toBeLessThan(2);
  });
});

describe('a canonical reading', () => {
  test.prop([anyReading])('decode(encode(x)) = x', (reading) => {
    expect(decodeReading(encodeReading(reading))).toEqual(normal(reading));
  });

  test.prop([fc.uint8Array({ maxLength: 120 })])('random bytes give our own error', (bytes) => {
    expect(() => decodeReading(bytes)).toThrow(LedgerError);
  });

  it('refuses both a value and an absent reason, an unknown key, another LOINC code', () => {
    const good = Buffer.from(encodeReading(steadyReadings(1)[0]!)).toString('latin1');
    expect(() => decodeReading(Buffer.from(good.replace('8867-4', '8867-5'), 'latin1'))).toThrow(/LOINC/);
    expect(() => decodeReading(randomBytes(0))).toThrow(LedgerError);
  });
});

function normal(reading: RecordReading): RecordReading {
  return reading.raw ? { ...reading, raw: Uint8Array.from(reading.raw) } : reading;
}
