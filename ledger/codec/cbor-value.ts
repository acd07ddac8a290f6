// SPDX-License-Identifier: Apache-2.0
/** The values of the CBOR profile: integers, text, bytes, booleans, null, arrays, and maps with integer keys. */

/** Numbers are safe integers. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number, CborValue>;
