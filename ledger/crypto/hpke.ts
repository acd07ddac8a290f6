// SPDX-License-Identifier: Apache-2.0
/** Key grants: HPKE base mode (RFC 9180), DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. 80 bytes for a 32-byte key. */
import type { KeyObject } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { LedgerError } from '../errors.ts';

const ENC_BYTES = 32;
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** Seals `secret` to an X25519 public key of 32 raw bytes: enc (32) followed by the ciphertext. `info` binds it to its use. */
export async function hpkeSeal(recipient: Uint8Array, info: Uint8Array, secret: Uint8Array): Promise<Uint8Array> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(exact(recipient));
  const sealed = await suite.seal({ recipientPublicKey, info: exact(info) }, exact(secret));
  return Buffer.concat([new Uint8Array(sealed.enc), new Uint8Array(sealed.ct)]);
}

/** Opens what `hpkeSeal` made; SEAL_BROKEN if key, info or bytes differ. */
export async function hpkeOpen(privateKey: KeyObject, info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  if (sealed.length <= ENC_BYTES) throw new LedgerError('SEAL_BROKEN', 'too short');
  const recipientKey = await suite.kem.deserializePrivateKey(exact(rawPrivateKey(privateKey)));
  try {
    const enc = exact(sealed.subarray(0, ENC_BYTES));
    return new Uint8Array(
      await suite.open({ recipientKey, enc, info: exact(info) }, exact(sealed.subarray(ENC_BYTES))),
    );
  } catch (error) {
    throw new LedgerError('SEAL_BROKEN', undefined, { cause: error });
  }
}

/** The 32 raw bytes of an X25519 public key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function rawPrivateKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
}

/** WebCrypto reads the whole ArrayBuffer behind a view, so a view into a pool must be copied. */
function exact(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
