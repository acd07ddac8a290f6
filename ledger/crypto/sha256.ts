// SPDX-License-Identifier: Apache-2.0
/** SHA-256 by node:crypto: the one-shot form, half the cost of `createHash`. */
import { hash } from 'node:crypto';

/** The 32-byte digest of `data`. */
export function sha256(data: Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer');
}
