// SPDX-License-Identifier: Apache-2.0
/** Hashes one behind the other in a byte string, as proofs hold their longer lists. */
import type { CborValue } from '../codec/cbor.ts';
import { asBytes, type Refuse } from '../codec/fields.ts';
import { HASH_BYTES } from '../merkle/hash.ts';

export function joinedHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [i, hash] of hashes.entries()) all.set(hash, i * HASH_BYTES);
  return all;
}

/** Throws what `refuse` makes for anything but `max` hashes or fewer. */
export function asHashes(value: CborValue | undefined, refuse: Refuse, max: number): Uint8Array[] {
  const bytes = asBytes(value, refuse, { maxLength: max * HASH_BYTES });
  if (bytes.length % HASH_BYTES !== 0) throw refuse('hashes of 32 bytes are expected');
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}
