// SPDX-License-Identifier: Apache-2.0
/** The little of ASN.1 DER (X.690) that certificates and ECDSA signatures need: a writer, and a reader of what a tag holds. */

/** One element: tag, length, contents. Contents of a constructed element are elements that follow each other. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

export const sequence = (...elements: readonly Uint8Array[]): Buffer => der(0x30, ...elements);
export const set = (...elements: readonly Uint8Array[]): Buffer => der(0x31, ...elements);
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
/** Whole bytes, unless `unusedBits` says how many at the end do not count. */
export const bits = (bytes: Uint8Array, unusedBits = 0): Buffer => der(0x03, Buffer.of(unusedBits), bytes);
export const text = (value: string): Buffer => der(0x0c, Buffer.from(value));
export const truth = (value: boolean): Buffer => der(0x01, Buffer.of(value ? 0xff : 0));
/** Context-specific and constructed, as `[number]` of a standard. */
export const tagged = (number: number, ...elements: readonly Uint8Array[]): Buffer => der(0xa0 | number, ...elements);

/** A number that is not negative, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const shortest = bytes.subarray(start);
  return der(0x02, Buffer.from((shortest[0] ?? 0) < 0x80 ? [] : [0]), shortest);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

/** UTCTime, to the second; years 1950 to 2049 (RFC 5280 4.1.2.5.1). */
export function utcTime(timeMs: number): Buffer {
  const digits = new Date(timeMs).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

export interface Element {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Uint8Array;
  readonly contents: Uint8Array;
}

/** The elements that stand in `bytes`, in their order; a bug in test material throws RangeError. */
export function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
    const start = at + 2 + lengthBytes;
    const length = lengthBytes === 0 ? short : Buffer.from(bytes).readUIntBE(at + 2, lengthBytes);
    const end = start + length;
    if (end > bytes.length) throw new RangeError('an element that ends after its bytes');
    found.push({ tag: bytes[at] ?? 0, whole: bytes.subarray(at, end), contents: bytes.subarray(start, end) });
    at = end;
  }
  return found;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}
