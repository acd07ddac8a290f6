// SPDX-License-Identifier: Apache-2.0
/** The verifier's primitives by @noble, for the browser, and as the independent check of node:crypto. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { VerifierCrypto } from '../verify/crypto.ts';

export const nobleCrypto: VerifierCrypto = {
  sha256,
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    return ed25519.verify(signature, message, publicKey, { zip215: false }) && isExact(publicKey, message, signature);
  },
};

/** SHA-256 of what comes piece by piece. */
export async function nobleSha256Of(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const hash = sha256.create();
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

/**
 * S·B - k·A encodes to exactly R (RFC 8032 5.1.7, without the cofactor). noble multiplies by the cofactor, OpenSSL does not: whoever
 * holds the key could otherwise make a proof that opens in a browser and not on the command line.
 */
function isExact(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519;
  const r = signature.subarray(0, 32);
  const k = littleEndian(sha512.create().update(r).update(publicKey).update(message).digest()) % Point.Fn.ORDER;
  const s = littleEndian(signature.subarray(32));
  const point = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(publicKey).multiplyUnsafe(k));
  return point.toBytes().every((byte, i) => byte === r[i]);
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
