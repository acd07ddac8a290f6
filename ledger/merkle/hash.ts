// SPDX-License-Identifier: Apache-2.0
/** Hashes of an RFC 6962 Merkle tree, for the log and for batches alike. SHA-256 is handed in, so this runs in a browser too. */

export type Sha256 = (data: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;
/** Where what is hashed is put together: a new array for each would cost more than its hash. Nothing in it outlives a call. */
const leafScratch = new Uint8Array(1024);
const nodeScratch = Uint8Array.of(1, ...new Uint8Array(2 * HASH_BYTES));

/** RFC 6962 2.1: SHA-256(0x00 || entry). */
export function leafHash(sha256: Sha256, entry: Uint8Array): Uint8Array {
  const bytes = 1 + entry.length;
  const leaf = bytes <= leafScratch.length ? leafScratch.subarray(0, bytes) : new Uint8Array(bytes);
  leaf.set(entry, 1);
  return sha256(leaf);
}

/** RFC 6962 2.1: SHA-256(0x01 || left || right). */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_BYTES);
  return sha256(nodeScratch);
}

/** RFC 6962 2.1: the hash of an empty tree is the hash of an empty string. */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array());
}

/** Root over hashes of subtrees that stand side by side, the rightmost smallest: what a compact range keeps. */
export function foldRight(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHash(sha256, left, right));
}
