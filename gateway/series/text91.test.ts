// SPDX-License-Identifier: Apache-2.0
/** Bytes as text and back: every byte string has one text, of characters that no database escapes, and every other text is refused. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { fromText91, toText91 } from './text91.ts';

test.prop([fc.uint8Array({ maxLength: 200 })])('is read back, and is made of harmless characters', (bytes) => {
  const text = toText91(bytes);
  expect(fromText91(text)).toEqual(bytes);
  expect(text).toMatch(/^[!-~]*$/);
  expect(text).not.toMatch(/["'\\]/);
  expect(text.length).toBeLessThanOrEqual(2 * Math.ceil((8 * bytes.length) / 13));
});

test.prop([fc.string({ maxLength: 40 })])('any other text is refused', (text) => {
  const bytes = fromText91(text);
  if (bytes) expect(toText91(bytes)).toBe(text);
});

test.prop([fc.uint8Array({ maxLength: 40 })])(
  'is the plain conversion of the bits to two digits of base 91',
  (bytes) => {
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const alphabet = '!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~';
    const groups = bits.match(/.{1,13}/g) ?? [];
    const texts = groups.map((group) => {
      if (group.length <= 6) return alphabet[Number.parseInt(group.padEnd(6, '0'), 2)];
      const number = Number.parseInt(group.padEnd(13, '0'), 2);
      return `${alphabet[Math.floor(number / 91)]}${alphabet[number % 91]}`;
    });
    expect(toText91(bytes)).toBe(texts.join(''));
  },
);

it('refuses padding that is not 0, a pair beyond 2^13, and lengths that no bytes have', () => {
  expect(fromText91(toText91(Uint8Array.of(255)))).toEqual(Uint8Array.of(255));
  for (const text of ['!#', '~~', '!', '!!!!!!', '"!', 'é!']) expect(fromText91(text), text).toBeUndefined();
});
