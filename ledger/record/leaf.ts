// SPDX-License-Identifier: Apache-2.0
/** The leaf of a batch tree. Runs in a browser too: the hash is handed in. */
import { headSize } from '../codec/cbor-encode.ts';
import { writeInteger } from '../codec/cbor-integer.ts';
import type { Sha256 } from '../merkle/hash.ts';

export const SALT_BYTES = 16;
/** The index is below 2^32. */
export const LEAF_HEAD_BYTES_MAX = 3 + SALT_BYTES + 5;
/** RFC 6962 2.1. */
const LEAF_PREFIX = 0;
/** RFC 8949 3: major type and length. */
const ARRAY_OF_THREE = 0x83;
const BYTES_OF_SALT = 0x40 | SALT_BYTES;

/** RFC 6962 2.1 leaf hash of CBOR[salt, index, item]; `item` is canonical CBOR already and is spliced in as it is. */
export function batchLeafHash(sha256: Sha256, salt: Uint8Array, index: number, item: Uint8Array): Uint8Array {
  const leaf = new Uint8Array(LEAF_HEAD_BYTES_MAX + item.length);
  const head = writeLeafHead(leaf, 0, salt, index);
  leaf.set(item, head);
  return sha256(leaf.subarray(0, head + item.length));
}

/** Length of what `writeLeafHead` writes. */
export function leafHeadBytes(index: number): number {
  return 3 + SALT_BYTES + headSize(index);
}

/** Writes at `at` what the hash of a leaf covers before its item, at most LEAF_HEAD_BYTES_MAX; gives where the item begins. */
export function writeLeafHead(bytes: Uint8Array, at: number, salt: Uint8Array, index: number): number {
  bytes[at] = LEAF_PREFIX;
  bytes[at + 1] = ARRAY_OF_THREE;
  bytes[at + 2] = BYTES_OF_SALT;
  for (let i = 0; i < SALT_BYTES; i++) bytes[at + 3 + i] = salt[i]!;
  return writeInteger(bytes, at + 3 + SALT_BYTES, index);
}
