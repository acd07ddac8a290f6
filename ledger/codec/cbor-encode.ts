// SPDX-License-Identifier: Apache-2.0
/** The one deterministic encoding of a value: its size first, then its bytes into an array of exactly that size. */
import type { CborMap, CborValue } from './cbor-value.ts';

/** Encodes a value of the profile. Floats, integers that are not safe, and plain objects are bugs and throw TypeError. */
export function encodeCbor(value: CborValue): Uint8Array {
  const bytes = new Uint8Array(sizeOf(value));
  write(bytes, 0, value);
  return bytes;
}

function sizeOf(value: CborValue): number {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('not an integer of the CBOR profile');
    return headSize(value < 0 ? -1 - value : value);
  }
  if (typeof value === 'string') {
    const length = isAscii(value) ? value.length : utf8(value).length;
    return headSize(length) + length;
  }
  if (value === null || typeof value === 'boolean') return 1;
  if (value instanceof Uint8Array) return headSize(value.length) + value.length;
  if (isArray(value)) {
    let size = headSize(value.length);
    for (const item of value) size += sizeOf(item);
    return size;
  }
  if (!(value instanceof Map)) throw new TypeError('not a value of the CBOR profile');
  let size = headSize(value.size);
  for (const [key, item] of value as CborMap) size += sizeOf(key) + sizeOf(item);
  return size;
}

/** Writes `value` at `at`; gives where it ends. `sizeOf` has refused what is no value. */
function write(bytes: Uint8Array, at: number, value: CborValue): number {
  if (typeof value === 'number')
    return value < 0 ? writeHead(bytes, at, 1, -1 - value) : writeHead(bytes, at, 0, value);
  if (typeof value === 'string') return writeText(bytes, at, value);
  if (value === null || typeof value === 'boolean') {
    bytes[at] = value === null ? 0xf6 : value ? 0xf5 : 0xf4;
    return at + 1;
  }
  if (value instanceof Uint8Array) {
    const start = writeHead(bytes, at, 2, value.length);
    bytes.set(value, start);
    return start + value.length;
  }
  if (isArray(value)) {
    let end = writeHead(bytes, at, 4, value.length);
    for (const item of value) end = write(bytes, end, item);
    return end;
  }
  let end = writeHead(bytes, at, 5, value.size);
  for (const [key, item] of inOrder(value)) end = write(bytes, write(bytes, end, key), item);
  return end;
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  if (!isAscii(text)) {
    const encoded = utf8(text);
    const start = writeHead(bytes, at, 3, encoded.length);
    bytes.set(encoded, start);
    return start + encoded.length;
  }
  const start = writeHead(bytes, at, 3, text.length);
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
  return start + text.length;
}

/** Major type and argument in the shortest form. */
export function writeHead(bytes: Uint8Array, at: number, major: number, argument: number): number {
  const size = headSize(argument);
  if (size === 1) {
    bytes[at] = (major << 5) | argument;
    return at + 1;
  }
  bytes[at] = (major << 5) | (size === 2 ? 24 : size === 3 ? 25 : size === 5 ? 26 : 27);
  let rest = argument;
  for (let i = at + size - 1; i > at; i--) {
    bytes[i] = rest & 0xff;
    // Division instead of shifts: JavaScript shifts work on 32 bits only.
    rest = Math.floor(rest / 256);
  }
  return at + size;
}

/** Bytes of a head in its shortest form. */
export function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x1_0000) return 3;
  if (argument < 0x1_0000_0000) return 5;
  return 9;
}

/** Entries in the order of their keys' bytes: 0, 1, 2 ... then -1, -2, -3 ... */
function inOrder(map: CborMap): Iterable<readonly [number, CborValue]> {
  let before = 0;
  for (const key of map.keys()) {
    if (key < before) return [...map].sort(([a], [b]) => compareKeys(a, b));
    before = key;
  }
  return map;
}

/** Negative when the bytes of `a` come first (RFC 8949 4.2.1). */
export function compareKeys(a: number, b: number): number {
  return a < 0 === b < 0 ? Math.abs(a) - Math.abs(b) : b - a;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function isArray(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}
