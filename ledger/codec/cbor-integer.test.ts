// SPDX-License-Identifier: Apache-2.0
/** Integers in place are those of the codec, and nothing else is read. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { readInteger, writeInteger } from './cbor-integer.ts';

const EDGES = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 52];
const anyInteger = fc.oneof(
  fc.constantFrom(...EDGES, ...EDGES.map((edge) => -1 - edge)),
  fc.integer(),
  // No half of one, which may be -0.
  fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
);

test.prop([anyInteger, fc.nat({ max: 5 })])('writes and reads what the codec does, wherever it stands', (value, at) => {
  const bytes = new Uint8Array(at + 12).fill(0xff);
  const end = writeInteger(bytes, at, value);
  expect(bytes.slice(at, end)).toEqual(encodeCbor(value));
  const cursor = { at };
  expect([readInteger(bytes, cursor), cursor.at]).toEqual([value, end]);
});

const head = fc.constantFrom(
  0x00,
  0x17,
  0x18,
  0x19,
  0x1a,
  0x1b,
  0x1c,
  0x20,
  0x37,
  0x38,
  0x39,
  0x3a,
  0x3b,
  0x3f,
  0x40,
  0xf6,
);
const tail = fc.uint8Array({ maxLength: 8 });
test.prop([
  head,
  fc.oneof(
    tail,
    tail.map((bytes) => bytes.fill(0, 0, 6)),
  ),
])('reads nothing that the codec refuses', (first, rest) => {
  const bytes = Uint8Array.of(first, ...rest);
  const cursor = { at: 0 };
  const value = readInteger(bytes, cursor);
  if (!Number.isNaN(value)) expect(decodeCbor(bytes.subarray(0, cursor.at))).toBe(value);
});

it.each([
  ['longer than it need be', [0x18, 23]],
  ['longer than it need be, of eight bytes', [0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
  ['cut short', [0x19, 1]],
  ['not safe', [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ['a text', [0x61, 0x61]],
  ['nothing', []],
])('gives NaN for one that is %s', (_what, bytes) => {
  expect(readInteger(Uint8Array.from(bytes), { at: 0 })).toBeNaN();
});
