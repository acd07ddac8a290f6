// SPDX-License-Identifier: Apache-2.0
/** Base64 by hand against the platform's: every text that says some bytes, and no second one for the same. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { base64ToBytes, bytesToBase64, decodeBase64 } from './base64.ts';

/** Decodes by the platform, and encodes again to compare. */
function plain(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? Uint8Array.from(bytes) : undefined;
}

test.prop([fc.uint8Array({ maxLength: 50 })])('gives bytes back, wherever they are put', (bytes) => {
  const text = bytesToBase64(bytes);
  expect(base64ToBytes(text)).toEqual(bytes);
  const target = new Uint8Array(80);
  const end = decodeBase64(Buffer.from(`row ${text}`), 4, target, 7);
  expect(target.slice(7, end)).toEqual(bytes);
});

const char = fc.constantFrom(...'ABQZaz0189+/==-_ \n\u00E9\u4E00');
test.prop([fc.oneof(fc.string({ unit: char, maxLength: 12 }), fc.base64String({ maxLength: 12 }))])(
  'takes what the platform encodes, and nothing else',
  (text) => {
    expect(base64ToBytes(text)).toEqual(plain(text));
  },
);

test.prop([fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(), char])(
  'takes no changed character for the same bytes',
  (bytes, at, other) => {
    const text = bytesToBase64(bytes);
    const changed = text.slice(0, at % text.length) + other + text.slice((at % text.length) + 1);
    expect(base64ToBytes(changed)).toEqual(plain(changed));
  },
);

it.each(['A', 'AA', 'AAA', 'A===', '====', 'AB==', 'AAB=', 'AA==AAAA', 'AA=A', 'AAAA=', '='])('refuses %s', (text) => {
  expect(base64ToBytes(text)).toBeUndefined();
});
