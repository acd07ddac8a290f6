// SPDX-License-Identifier: Apache-2.0
/** Readings into a table against the plain codec, one by one: as many series as there may be, and hostile bytes. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { concatBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import { decodeReading, encodeReading } from './reading-codec.ts';
import { readingAt } from './reading-table.ts';
import { ReadingDecoder, readTable } from './table-reader.ts';
import { anyReading, steadyReadings } from './testing/readings.ts';

function packed(items: readonly Uint8Array[]) {
  const to = items.map((_, i) => items.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
  return { count: items.length, bytes: concatBytes(...items), from: [0, ...to.slice(0, -1)], to };
}
const readAll = (items: readonly Uint8Array[]) => {
  const table = readTable(packed(items));
  return items.map((_, i) => readingAt(table, i));
};
/** Few readings often, and many different ones. */
const anyReadings = fc.oneof(
  fc.array(anyReading, { maxLength: 40 }),
  fc
    .tuple(fc.array(anyReading, { minLength: 1, maxLength: 3 }), fc.array(fc.nat(), { maxLength: 30 }))
    .map(([few, picks]) =>
      picks.map((n) => ({ ...few[n % few.length]!, sequence: n, correctedMs: n, monotonicMs: n })),
    ),
);

test.prop([anyReadings])('gives what the codec gives', (readings) => {
  const items = readings.map(encodeReading);
  expect(readAll(items)).toEqual(items.map((item) => decodeReading(item)));
});

test.prop([anyReadings])('gives them one by one too', (readings) => {
  const decoder = new ReadingDecoder();
  const items = readings.map(encodeReading);
  expect(items.map((item) => decoder.decode(item))).toEqual(items.map((item) => decodeReading(item)));
});

it('knows one series from another, however many there are', () => {
  const [steady] = steadyReadings(1);
  const many = Array.from({ length: 200 }, (_, i) => ({ ...steady!, device: `wear-${(i * 7) % 50}`, sequence: i }));
  const items = many.map(encodeReading);
  expect(readTable(packed(items)).series).toHaveLength(50);
  expect(readAll(items)).toEqual(many);
});

test.prop([anyReadings, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 })])(
  'gives after a flipped byte what the codec gives, also if that is an error',
  (readings, which, at, flip) => {
    const items = readings.map(encodeReading);
    const item = items[which % Math.max(1, items.length)];
    if (item) item[at % item.length]! ^= flip;
    expect(outcome(() => readAll(items))).toEqual(outcome(() => items.map((each) => decodeReading(each))));
  },
);

function outcome<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}
