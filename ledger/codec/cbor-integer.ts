// SPDX-License-Identifier: Apache-2.0
/** Single CBOR integers in place, for code that knows what stands around them. */
import { writeHead } from './cbor-encode.ts';

/** Writes a safe integer at `at` in its shortest form; gives where it ends. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  return value < 0 ? writeHead(bytes, at, 1, -1 - value) : writeHead(bytes, at, 0, value);
}

/** Reads an integer in its shortest form and moves the cursor behind it; NaN for anything else. May look beyond the end: ask the cursor. */
export function readInteger(bytes: Uint8Array, cursor: { at: number }): number {
  const first = bytes[cursor.at++] ?? 0xff;
  const info = first & 0x1f;
  if (first >= 0x40 || info > 27) return Number.NaN;
  let argument = info;
  if (info >= 24) {
    const end = cursor.at + (1 << (info - 24));
    argument = 0;
    while (cursor.at < end) argument = argument * 256 + (bytes[cursor.at++] ?? Number.NaN);
    const least = info === 24 ? 24 : LEAST[info - 25]!;
    if (!(argument >= least && argument < Number.MAX_SAFE_INTEGER)) return Number.NaN;
  }
  return first < 0x20 ? argument : -1 - argument;
}

/** That needs two, four, eight bytes. */
const LEAST = [2 ** 8, 2 ** 16, 2 ** 32];
