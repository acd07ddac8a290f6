// SPDX-License-Identifier: Apache-2.0
/** XAES-256-GCM (C2SP XAES-256-GCM): AES-256-GCM with a random 192-bit nonce, safe for 2^80 messages under one key. */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { LedgerError } from '../errors.ts';

export const XAES_NONCE_BYTES = 24;
const XAES_TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Imports a 32-byte key. Long-lived keys are KeyObjects: a raw Buffer costs several microseconds in every call. */
export function xaesKey(key: Uint8Array): KeyObject {
  if (key.length !== KEY_BYTES) throw new RangeError(`an XAES-256-GCM key has ${KEY_BYTES} bytes`);
  return createSecretKey(key);
}

/** Seals: ciphertext followed by the 16-byte tag. `nonce` is 24 random bytes, never used twice under one key. */
export function xaesSeal(key: KeyObject, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, nonce), nonce.subarray(12));
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `xaesSeal` made; throws SEAL_BROKEN before any plaintext leaves. */
export function xaesOpen(key: KeyObject, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  if (nonce.length !== XAES_NONCE_BYTES || sealed.length < XAES_TAG_BYTES)
    throw new LedgerError('SEAL_BROKEN', 'too short');
  const end = sealed.length - XAES_TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, nonce), nonce.subarray(12), {
    authTagLength: XAES_TAG_BYTES,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch (error) {
    throw new LedgerError('SEAL_BROKEN', undefined, { cause: error });
  }
}

/** Steps 1 to 3 of the specification: two CMAC-like blocks under K1 make the derived key for the last 12 nonce bytes. */
function deriveKey(key: KeyObject, nonce: Uint8Array): KeyObject {
  if (nonce.length !== XAES_NONCE_BYTES) throw new RangeError(`an XAES-256-GCM nonce has ${XAES_NONCE_BYTES} bytes`);
  const k1 = doubled(encryptBlocks(key, Buffer.alloc(16)));
  const blocks = Buffer.alloc(32);
  for (const [i, counter] of [1, 2].entries()) {
    const at = 16 * i;
    blocks.set([0, counter, 0x58, 0], at);
    blocks.set(nonce.subarray(0, 12), at + 4);
    for (let j = 0; j < 16; j++) blocks[at + j]! ^= k1[j]!;
  }
  return createSecretKey(encryptBlocks(key, blocks));
}

/** AES-256 on whole blocks, each for itself: the bare block cipher that the derivation is defined with. */
function encryptBlocks(key: KeyObject, blocks: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

/** Doubling in GF(2^128), as CMAC makes K1 from L (NIST SP 800-38B 6.1). */
function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(16);
  for (let i = 0; i < 16; i++) out[i] = ((block[i]! << 1) | ((block[i + 1] ?? 0) >> 7)) & 0xff;
  if (block[0]! & 0x80) out[15]! ^= 0x87;
  return out;
}
