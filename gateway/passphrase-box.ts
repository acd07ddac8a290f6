// SPDX-License-Identifier: Apache-2.0
/** Bytes sealed under a passphrase: argon2id (RFC 9106) makes the key, AES-256-GCM seals. */
import { argon2, createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';

/** What a guess costs: about 0.3 s and 64 MiB on a small computer. */
const ARGON2_MEMORY_KIB = 64 * 1024;
const ARGON2_PASSES = 3;
const ARGON2_LANES = 1;
/** Bounds when opening: a file may ask for more, never for less, nor for so much that it stops the box. */
const ARGON2_MAX_MEMORY_KIB = 1024 * 1024;
const ARGON2_MAX_PASSES = 16;
const KEY_BYTES = 32;
/** Tells a wrong passphrase from a damaged file. Costs an attacker the same as the GCM tag does. */
const CHECK_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const passphraseBoxSchema = z.strictObject({
  kdf: z.strictObject({
    name: z.literal('argon2id'),
    memoryKib: z.number().int().min(ARGON2_MEMORY_KIB).max(ARGON2_MAX_MEMORY_KIB),
    passes: z.number().int().min(ARGON2_PASSES).max(ARGON2_MAX_PASSES),
    lanes: z.literal(ARGON2_LANES),
    salt: z.base64(),
    check: z.base64(),
  }),
  nonce: z.base64(),
  sealed: z.base64(),
});
export type PassphraseBox = z.infer<typeof passphraseBoxSchema>;

/** Seals `plain`; `bound` is covered but not kept. */
export async function sealBox(plain: Uint8Array, passphrase: string, bound: Uint8Array): Promise<PassphraseBox> {
  const cost = { memoryKib: ARGON2_MEMORY_KIB, passes: ARGON2_PASSES, lanes: ARGON2_LANES } as const;
  const salt = randomBytes(16);
  const { key, check } = await derive(passphrase, salt, cost);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    kdf: { name: 'argon2id', ...cost, salt: salt.toString('base64'), check: check.toString('base64') },
    nonce: nonce.toString('base64'),
    sealed: sealed.toString('base64'),
  };
}

/** Opens what `sealBox` sealed. */
export async function openBox(
  box: PassphraseBox,
  passphrase: string,
  bound: Uint8Array,
): Promise<Buffer | 'wrong-passphrase' | 'damaged'> {
  const [salt, wanted, nonce, sealed] = [box.kdf.salt, box.kdf.check, box.nonce, box.sealed].map((text) =>
    Buffer.from(text, 'base64'),
  ) as [Buffer, Buffer, Buffer, Buffer];
  if (salt.length < 16 || wanted.length !== CHECK_BYTES || nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) {
    return 'damaged';
  }
  const { key, check } = await derive(passphrase, salt, box.kdf);
  if (!timingSafeEqual(check, wanted)) return 'wrong-passphrase';
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound).setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return 'damaged';
  }
}

async function derive(passphrase: string, salt: Buffer, cost: { memoryKib: number; passes: number; lanes: number }) {
  const bytes = await promisify(argon2)('argon2id', {
    message: passphrase.normalize('NFC'),
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength: KEY_BYTES + CHECK_BYTES,
  });
  return { key: bytes.subarray(0, KEY_BYTES), check: bytes.subarray(KEY_BYTES) };
}
