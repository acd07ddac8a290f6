// SPDX-License-Identifier: Apache-2.0
/**
 * Deterministic CBOR (RFC 8949 4.2.1): integers, byte strings, text, arrays, integer-keyed maps, booleans and null; no floats, no
 * tags. Written here, not taken from a library: every reading passes several times, and no library refuses all that we must refuse.
 */
export { decodeCbor } from './cbor-decode.ts';
export { encodeCbor } from './cbor-encode.ts';
export type { CborMap, CborValue } from './cbor-value.ts';
