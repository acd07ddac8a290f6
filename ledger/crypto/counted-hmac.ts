// SPDX-License-Identifier: Apache-2.0
/** HMAC-SHA-256 of 0, 1, 2 ... under one key, by node:crypto in one call. */
import { createHmac, pbkdf2Sync } from 'node:crypto';

const MAC_BYTES = 32;

/** HMAC-SHA-256(key, i as u32 big-endian) of every i below `count`, 32 bytes each, one behind the other. */
export function countedHmacs(key: Uint8Array, count: number): Uint8Array {
  const macs = new Uint8Array(count * MAC_BYTES);
  if (count > 0) macs.set(createHmac('sha256', key).update(new Uint8Array(4)).digest());
  // PBKDF2 of no salt and one round is HMAC(key, 1) || HMAC(key, 2) || ... (RFC 8018 5.2). A tenth of as many calls: the key is hashed once.
  if (count > 1) macs.set(pbkdf2Sync(key, new Uint8Array(), 1, (count - 1) * MAC_BYTES, 'sha256'), MAC_BYTES);
  return macs;
}
