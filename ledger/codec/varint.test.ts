// SPDX-License-Identifier: Apache-2.0
/** Zigzag varints against a plain twin in whole numbers of any size. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { readVarints, VarintWriter } from './varint.ts';

const LIMIT = 2 ** 52;
/** Where one byte more is needed, on both sides of it. */
const EDGES = Array.from({ length: 8 }, (_, i) => 2 ** (7 * i + 6)).flatMap((n) => [n - 1, n, -n, -n - 1]);
const integer = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.constantFrom(...[...EDGES, 0, -1, LIMIT - 1, 1 - LIMIT].filter((n) => Math.abs(n) < LIMIT)),
  fc.maxSafeInteger().filter((n) => Math.abs(n) < LIMIT),
);

/** Zigzag, then seven bits a byte, the lowest first. */
function plainTwin(value: number): number[] {
  const bytes: number[] = [];
  let rest = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function written(values: readonly number[], expected?: number): Uint8Array {
  const writer = new VarintWriter(expected);
  for (const value of values) writer.push(value);
  return writer.finish();
}

test.prop([fc.array(integer, { maxLength: 60 }), fc.nat(3)])(
  'are written as the twin does, however many were expected, and come back',
  (values, expected) => {
    const bytes = written(values, expected);
    expect([...bytes]).toEqual(values.flatMap(plainTwin));
    expect([...readVarints(bytes, values.length)!]).toEqual(values);
    expect(readVarints(bytes, values.length + 1)).toBeUndefined();
    if (values.length > 0) expect(readVarints(bytes, values.length - 1)).toBeUndefined();
    if (bytes.length > 0) expect(readVarints(bytes.subarray(0, -1), values.length)).toBeUndefined();
  },
);

test.prop([fc.uint8Array({ maxLength: 20 }), fc.nat(20)])(
  'random bytes give as many integers within the limit as were asked for, or nothing',
  (bytes, count) => {
    const values = readVarints(bytes, count);
    if (!values) return;
    expect(values).toHaveLength(count);
    for (const value of values) expect(Number.isSafeInteger(value) && Math.abs(value) <= LIMIT).toBe(true);
  },
);

it('holds integers below 2^52 and no others', () => {
  for (const value of [LIMIT, -LIMIT, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => written([value])).toThrow(RangeError);
});

it('refuses what is larger than 53 bits, and an integer that never ends', () => {
  const ones = (bytes: number): number[] => Array(bytes).fill(0xff);
  // 2^53 - 1, zigzagged, is -2^52; one bit more is refused.
  expect(readVarints(Uint8Array.from([...ones(7), 0x0f]), 1)![0]).toBe(-LIMIT);
  expect(readVarints(Uint8Array.from([...ones(7), 0x10]), 1)).toBeUndefined();
  expect(readVarints(Uint8Array.from([...ones(7), 0x80, 0x00]), 1)).toBeUndefined();
  expect(readVarints(Uint8Array.from([...ones(30), 0x00]), 1)).toBeUndefined();
});
