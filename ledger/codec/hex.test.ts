// SPDX-License-Identifier: Apache-2.0
/** Hex against the platform's own, and everything that is no hex. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { bytesToHex, hexToBytes } from './hex.ts';

test.prop([fc.uint8Array()])('is what the platform writes, and comes back', (bytes) => {
  const text = Buffer.from(bytes).toString('hex');
  expect(bytesToHex(bytes)).toBe(text);
  expect(hexToBytes(text)).toEqual(Uint8Array.from(bytes));
});

it('refuses every other character in either place, and an odd number of digits', () => {
  for (let code = 0; code < 256; code++) {
    const char = String.fromCharCode(code);
    if (/[0-9a-f]/.test(char)) continue;
    for (const text of [`0${char}`, `${char}0`]) expect(() => hexToBytes(text), text).toThrow(RangeError);
  }
  for (const text of ['0', '012']) expect(() => hexToBytes(text), text).toThrow(RangeError);
});
