// SPDX-License-Identifier: Apache-2.0
/** The leaf of a batch tree. Runs in a browser too: the hash is handed in. */
import type { Sha256 } from '../merkle/hash.ts';

export const SALT_BYTES = 16;

/** RFC 6962 2.1 leaf hash of CBOR[salt, index, item]; `item` is canonical CBOR already and is spliced in as it is. */
export function batchLeafHash(sha256: Sha256, salt: Uint8Array, index: number, item: Uint8Array): Uint8Array {
  const number = cborUint(index);
  const leaf = new Uint8Array(1 + 2 + SALT_BYTES + number.length + item.length);
  // 0x00 is the leaf prefix of RFC 6962; 0x83 an array of three; 0x50 a byte string of 16.
  leaf[1] = 0x83;
  leaf[2] = 0x40 | SALT_BYTES;
  leaf.set(salt, 3);
  leaf.set(number, 3 + SALT_BYTES);
  leaf.set(item, 3 + SALT_BYTES + number.length);
  return sha256(leaf);
}

/** Shortest form of an unsigned integer below 2^32 (RFC 8949 4.2.1). */
function cborUint(value: number): number[] {
  if (value < 24) return [value];
  if (value < 2 ** 8) return [0x18, value];
  if (value < 2 ** 16) return [0x19, value >> 8, value & 0xff];
  return [0x1a, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}
