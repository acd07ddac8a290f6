// SPDX-License-Identifier: Apache-2.0
/** The leaf of a batch tree. Runs in a browser too: the hash is handed in. */
import type { Sha256 } from '../merkle/hash.ts';

export const SALT_BYTES = 16;

/** RFC 6962 2.1 leaf hash of CBOR[salt, index, item]; `item` is canonical CBOR already and is spliced in as it is. */
export function batchLeafHash(sha256: Sha256, salt: Uint8Array, index: number, item: Uint8Array): Uint8Array {
  const headLength = 3 + SALT_BYTES + uintLength(index);
  const leaf = new Uint8Array(headLength + item.length);
  // 0x00 is the leaf prefix of RFC 6962; 0x83 an array of three; 0x50 a byte string of 16.
  leaf[1] = 0x83;
  leaf[2] = 0x40 | SALT_BYTES;
  leaf.set(salt, 3);
  writeUint(leaf, 3 + SALT_BYTES, index);
  leaf.set(item, headLength);
  return sha256(leaf);
}

/** Bytes of the shortest form of an unsigned integer below 2^32 (RFC 8949 4.2.1). */
function uintLength(value: number): number {
  if (value < 24) return 1;
  if (value < 2 ** 8) return 2;
  return value < 2 ** 16 ? 3 : 5;
}

/** In place: a batch has a thousand leaves, and each has an index. */
function writeUint(bytes: Uint8Array, at: number, value: number): void {
  const length = uintLength(value);
  bytes[at] = length === 1 ? value : 0x17 + Math.ceil(length / 2);
  for (let i = 1; i < length; i++) bytes[at + i] = value >>> (8 * (length - 1 - i));
}
