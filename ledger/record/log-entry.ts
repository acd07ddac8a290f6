// SPDX-License-Identifier: Apache-2.0
/** What the log holds: CBOR [type, body]. Type 1 is SHA-256(S) of a batch, 2 a signed command (ledger/contract), 3 a heartbeat. */
import { type CborValue, encodeCbor } from '../codec/cbor.ts';
import { sha256 } from '../crypto/sha256.ts';

const BATCH = 1;
const HEARTBEAT = 3;

/** Log entry of a batch, from the bytes S that its signature covers. */
export function batchEntry(signedPart: Uint8Array): Uint8Array {
  return encodeCbor([BATCH, sha256(signedPart)]);
}

/** Says "this gateway was alive then", so that silence can be told from absence. Ward time in ms since 1970. */
export function heartbeatEntry(gateway: string, wardMs: number): Uint8Array {
  const body: CborValue = [gateway, wardMs];
  return encodeCbor([HEARTBEAT, body]);
}
