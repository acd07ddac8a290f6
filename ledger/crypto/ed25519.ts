// SPDX-License-Identifier: Apache-2.0
/**
 * Ed25519 (RFC 8032 5.1) by node:crypto, strict: one canonical signature per message and key, no public key of small order.
 * Private keys are KeyObjects; public keys and signatures travel as 32 and 64 raw bytes.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type SignedType, typedMessage } from './typed-message.ts';

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** The 32 raw bytes of the public half of an Ed25519 key. */
export function ed25519PublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

/** The 64-byte signature of `message`. */
export function ed25519Sign(message: Uint8Array, key: KeyObject): Uint8Array {
  return sign(null, message, key);
}

/** A public key that was imported, and checked, once: whoever verifies many signatures with it saves half of the time. */
export interface VerifyingKey {
  readonly key: KeyObject;
}

/** Imports the 32 raw bytes of a public key; undefined if they are malformed or weak. */
export function verifyingKey(publicKey: Uint8Array): VerifyingKey | undefined {
  if (publicKey.length !== PUBLIC_KEY_BYTES || isWeak(publicKey)) return undefined;
  const der = Buffer.concat([SPKI_PREFIX, publicKey]);
  return { key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

/** True if `signature` is that of `message`; malformed or weak keys and signatures are false, never an error. */
export function ed25519Verify(
  publicKey: Uint8Array | VerifyingKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const imported = publicKey instanceof Uint8Array ? verifyingKey(publicKey) : publicKey;
  return (
    imported !== undefined && signature.length === SIGNATURE_BYTES && verify(null, message, imported.key, signature)
  );
}

/** Signs one of our own types. */
export function signTyped(type: SignedType, bytes: Uint8Array, key: KeyObject): Uint8Array {
  return ed25519Sign(typedMessage(type, bytes), key);
}

/** Verifies what `signTyped` made. */
export function verifyTyped(
  type: SignedType,
  bytes: Uint8Array,
  publicKey: Uint8Array | VerifyingKey,
  signature: Uint8Array,
): boolean {
  return ed25519Verify(publicKey, typedMessage(type, bytes), signature);
}

/** RFC 8410 4: SubjectPublicKeyInfo of an Ed25519 key is this and the 32 bytes. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** The y coordinates (little endian) of the eight points of small order: with such a key one signature fits many messages. */
const SMALL_ORDER_Y = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);
const FIELD_PRIME = 2n ** 255n - 19n;

/** OpenSSL takes keys of small order and unreduced ones (RFC 8032 5.1.3 refuses y >= p); we do not. */
function isWeak(publicKey: Uint8Array): boolean {
  const y = Buffer.from(publicKey);
  y[31]! &= 0x7f;
  return SMALL_ORDER_Y.has(y.toString('hex')) || BigInt(`0x${y.reverse().toString('hex')}`) >= FIELD_PRIME;
}
