// SPDX-License-Identifier: Apache-2.0
/** What the log holds: CBOR [type, body]. Type 1 is SHA-256(S) of a batch, 2 a signed command, 3 a heartbeat. */
import type { KeyObject } from 'node:crypto';
import { type CborValue, encodeCbor } from '../codec/cbor.ts';
import { hexToBytes } from '../codec/hex.ts';
import { signTyped } from '../crypto/ed25519.ts';
import { sha256 } from '../crypto/sha256.ts';

const BATCH = 1;
const COMMAND = 2;
const HEARTBEAT = 3;
/** Commands of type 2: [code, random id, salted commitment, signature]. Names and scopes lie in the sealed side store. */
const ACCESS = 1;

/** Log entry of a batch, from the bytes S that its signature covers. */
export function batchEntry(signedPart: Uint8Array): Uint8Array {
  return encodeCbor([BATCH, sha256(signedPart)]);
}

/** What an access entry commits to; it lies sealed in the side store and is shown to the patient and the auditor. */
export interface AccessRecord {
  readonly stay: string;
  readonly by: string;
  readonly purpose: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
}

/** The bytes that the commitment covers: CBOR[salt, stay, by, purpose, from, to, at]; the salt has 16 random bytes. */
export function accessBytes(salt: Uint8Array, access: AccessRecord): Uint8Array {
  return encodeCbor([
    salt,
    hexToBytes(access.stay),
    access.by,
    access.purpose,
    access.fromMs,
    access.toMs,
    access.atMs,
  ]);
}

/** Log entry of one access: who and whose stand only in the commitment SHA-256(accessBytes). Signed as type "command". */
export function accessEntry(id: Uint8Array, bytes: Uint8Array, signingKey: KeyObject): Uint8Array {
  const command = [ACCESS, id, sha256(bytes)];
  return encodeCbor([COMMAND, [...command, signTyped('command', encodeCbor(command), signingKey)]]);
}

/** Says "this gateway was alive then", so that silence can be told from absence. Ward time in ms since 1970. */
export function heartbeatEntry(gateway: string, wardMs: number): Uint8Array {
  const body: CborValue = [gateway, wardMs];
  return encodeCbor([HEARTBEAT, body]);
}
