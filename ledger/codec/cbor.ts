// SPDX-License-Identifier: Apache-2.0
/** Deterministic CBOR (RFC 8949 4.2.1): integers, byte strings, text, arrays, integer-keyed maps, booleans and null; no floats, no tags. */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { LedgerError } from '../errors.ts';

export type CborValue = number | bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number, CborValue>;

/** Largest input the decoder takes; a tile's entry is at most 65,535 bytes, a sealed batch at most this. */
const MAX_CBOR_BYTES = 1 << 20;
const MAX_DEPTH = 16;
const DECODE_OPTIONS = {
  useMaps: true,
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  rejectDuplicateMapKeys: true,
};

/** Encodes a value of the profile. Floats and plain objects are bugs and throw TypeError. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/** Decodes exactly one value; anything but the one deterministic encoding throws CBOR_NOT_CANONICAL. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  if (bytes.length > MAX_CBOR_BYTES) throw new LedgerError('CBOR_NOT_CANONICAL', `more than ${MAX_CBOR_BYTES} bytes`);
  let value: CborValue;
  try {
    value = decode(bytes, DECODE_OPTIONS) as CborValue;
  } catch (error) {
    // Hostile nesting ends in a stack RangeError inside the library; it is refused like any other bad encoding.
    throw new LedgerError('CBOR_NOT_CANONICAL', 'not decodable', { cause: error });
  }
  assertProfile(value, 0);
  // The library accepts unsorted maps and over-long floats even when strict, so the bytes themselves are compared.
  if (!sameBytes(encodeCbor(value), bytes))
    throw new LedgerError('CBOR_NOT_CANONICAL', 'another encoding of the same value');
  return value;
}

function assertProfile(value: CborValue, depth: number): void {
  if (depth > MAX_DEPTH) throw new LedgerError('CBOR_NOT_CANONICAL', `nested deeper than ${MAX_DEPTH}`);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new LedgerError('CBOR_NOT_CANONICAL', 'a float');
  if (Array.isArray(value)) for (const item of value) assertProfile(item, depth + 1);
  if (value instanceof Map) {
    for (const [key, item] of value) {
      if (!Number.isSafeInteger(key)) throw new LedgerError('CBOR_NOT_CANONICAL', 'a map key that is no integer');
      assertProfile(item, depth + 1);
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
