// SPDX-License-Identifier: Apache-2.0
/** A form against the plain codec: the same bytes, the same readings, and no byte more is accepted. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { decodeReading, encodeReading, MAX_INTEGER, type RecordReading } from './reading-codec.ts';
import { readingForm } from './reading-form.ts';
import { commonOf, NUMBERS, type ReadingTable, readingAt } from './reading-table.ts';
import { anyReading, steadyReadings } from './testing/readings.ts';

/** A table of this reading alone. */
function tableOf(reading: RecordReading) {
  const given = { deviceTimeMs: 0, ...reading, mantissa: reading.value?.mantissa ?? 0 };
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, Float64Array.of(given[name])]));
  return {
    count: 1,
    series: [commonOf(reading)],
    seriesOf: [0],
    numbers: numbers as Record<(typeof NUMBERS)[number], Float64Array>,
    raws: new Map(),
  } satisfies ReadingTable;
}
const readInto = (table: ReturnType<typeof tableOf>, bytes: Uint8Array): boolean =>
  readingForm(table.series[0]!).read(bytes, 0, bytes.length, table.numbers, 0);

const anyNumber = fc.oneof(
  fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, MAX_INTEGER),
  fc.nat(),
  fc.nat({ max: MAX_INTEGER }),
);
const anySigned = fc.oneof(
  anyNumber,
  anyNumber.map((n) => 0 - n),
);
/** Of every form, numbers of every size; a flagged one's bytes as received are no matter of a form. */
const anyFormed = fc.tuple(anyReading, anySigned, anySigned, anyNumber, anySigned, anyNumber).map(
  ([{ raw: _raw, ...reading }, mantissa, deviceTimeMs, monotonicMs, correctedMs, sequence]): RecordReading => ({
    ...reading,
    ...(reading.value && { value: { ...reading.value, mantissa } }),
    ...(reading.deviceTimeMs !== undefined && { deviceTimeMs }),
    monotonicMs,
    correctedMs,
    sequence,
  }),
);

describe('the form of a series', () => {
  test.prop([anyFormed, fc.nat({ max: 40 })])('writes what the codec writes', (reading, at) => {
    const table = tableOf(reading);
    const target = new Uint8Array(400);
    const end = readingForm(table.series[0]!).write(target, at, table.numbers, 0);
    expect(target.slice(at, end)).toEqual(encodeReading(reading));
  });

  test.prop([anyFormed])('reads what the codec reads, over whatever stood there', (reading) => {
    const table = tableOf(reading);
    for (const name of NUMBERS) table.numbers[name].fill(77);
    expect(readInto(table, encodeReading(reading))).toBe(true);
    expect(readingAt(table, 0)).toEqual(decodeReading(encodeReading(reading)));
  });

  test.prop([anyFormed, fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'reads after a flipped byte only what the codec reads as the same',
    (reading, at, flip) => {
      const table = tableOf(reading);
      const bytes = encodeReading(reading);
      bytes[at % bytes.length]! ^= flip;
      if (readInto(table, bytes)) expect(readingAt(table, 0)).toEqual(decodeReading(bytes));
    },
  );

  test.prop([anyFormed, anyFormed])('reads no reading of another series', (reading, other) => {
    const isSame = Buffer.compare(encodeReading(commonOf(reading)), encodeReading(commonOf(other))) === 0;
    expect(readInto(tableOf(reading), encodeReading(other))).toBe(isSame);
  });

  it.each<Partial<RecordReading>>([
    { flags: 1 },
    { session: '00000000000000e1' },
    { boot: '00000000000000b1' },
    { device: 'wear-2' },
    { vital: 'pulseRate' },
    { unit: '%' },
    { mdc: 0 },
    { timeQuality: 'received' },
    { value: { mantissa: 72, exponent: -1 } },
  ])('reads no reading that has something else in common: %j', (change) => {
    const [steady] = steadyReadings(1);
    expect(readInto(tableOf(steady!), encodeReading({ ...steady!, ...change }))).toBe(false);
  });

  it('refuses a byte more, a byte less, a number out of range, and bytes as received', () => {
    const [steady] = steadyReadings(1);
    const bytes = encodeReading(steady!);
    const table = tableOf(steady!);
    expect(readInto(table, bytes)).toBe(true);
    for (const wrong of [
      Uint8Array.of(...bytes, 0),
      bytes.slice(0, -1),
      new Uint8Array(),
      encodeReading({ ...steady!, sequence: -1 }),
      encodeReading({ ...steady!, monotonicMs: -1 }),
      encodeReading({ ...steady!, correctedMs: MAX_INTEGER + 1 }),
      encodeReading({ ...steady!, raw: new Uint8Array(2) }),
    ])
      expect(readInto(table, wrong)).toBe(false);
  });
});
