// SPDX-License-Identifier: Apache-2.0
/** ECDSA signatures over P-256 as Fabric wants them: DER, with the smaller of the two values s and n - s. A peer refuses the other. */
import { type KeyObject, sign } from 'node:crypto';
import { elements, integer, sequence } from './der.ts';

/** The order n of the curve P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SCALAR_BYTES = 32;

/** Signs the SHA-256 of `message`. */
export function signLowS(message: Uint8Array, key: KeyObject): Buffer {
  const signature = derOf(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));
  return isLowS(signature) ? signature : withOtherS(signature);
}

export function isLowS(signature: Uint8Array): boolean {
  return scalars(signature).s <= ORDER / 2n;
}

/** The same signature with n - s for s: as valid for ECDSA, refused or wanted by Fabric. */
export function withOtherS(signature: Uint8Array): Buffer {
  const { r, s } = scalars(signature);
  return sequence(integer(bytesOf(r)), integer(bytesOf(ORDER - s)));
}

function scalars(signature: Uint8Array): { r: bigint; s: bigint } {
  const [r, s] = elements(elements(signature)[0]?.contents ?? new Uint8Array()).map(({ contents }) => contents);
  if (!r || !s) throw new RangeError('not an ECDSA signature');
  return { r: numberOf(r), s: numberOf(s) };
}

function derOf(rAndS: Uint8Array): Buffer {
  return sequence(integer(rAndS.subarray(0, SCALAR_BYTES)), integer(rAndS.subarray(SCALAR_BYTES)));
}

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * SCALAR_BYTES, '0'), 'hex');
