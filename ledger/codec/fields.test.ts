// SPDX-License-Identifier: Apache-2.0
/** Every reader of a field, with values at its limits, beyond them, and of every other type. */
import { describe, expect, it } from 'vitest';
import type { CborValue } from './cbor.ts';
import { asArray, asBytes, asInteger, asMap, asText, noOtherKeys } from './fields.ts';

class Refused extends Error {}
const refuse = (): Error => new Refused();
const VALUES: readonly (CborValue | undefined)[] = [
  ...[undefined, null, true, 0, 1, 2, 3, -1, 0.5, '', 'ab', 'abc', new Uint8Array(), new Uint8Array(2)],
  ...[new Uint8Array(3), [], [1, 2], [1, 2, 3], new Map(), new Map([[1, 2]])],
];

describe('a field', () => {
  it.each<[string, (value: CborValue | undefined) => unknown, (CborValue | undefined)[]]>([
    ['a map', (v) => asMap(v, refuse), [new Map(), new Map([[1, 2]])]],
    ['an array of at most 2', (v) => asArray(v, refuse, 2), [[], [1, 2]]],
    ['2 bytes', (v) => asBytes(v, refuse, { length: 2 }), [new Uint8Array(2)]],
    ['at most 2 bytes', (v) => asBytes(v, refuse, { maxLength: 2 }), [new Uint8Array(), new Uint8Array(2)]],
    ['a text of at most 2', (v) => asText(v, refuse, 2), ['', 'ab']],
    ['an integer from 1 to 2', (v) => asInteger(v, refuse, 1, 2), [1, 2]],
    ['any number', (v) => asInteger(v, refuse, -5, 5), [0, 1, 2, 3, -1]],
  ])('of %s takes exactly that, as it is', (_name, read, allowed) => {
    const taken = VALUES.filter((value) => {
      try {
        expect(read(value)).toBe(value);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(Refused);
        return false;
      }
    });
    expect(taken).toEqual(allowed);
  });
});

it('a map may hold the known keys, all, some or none, and no other', () => {
  const known = new Set([1, 2]);
  for (const keys of [[], [2], [1, 2]])
    expect(() => noOtherKeys(new Map(keys.map((key) => [key, 0])), known, refuse)).not.toThrow();
  expect(() => noOtherKeys(new Map([[3, 0]]), known, refuse)).toThrow(Refused);
  expect(() => noOtherKeys(new Map([1, 2, 3].map((key) => [key, 0])), known, refuse)).toThrow(Refused);
});
