// SPDX-License-Identifier: Apache-2.0
/** The witness's key: `lamplight-witness/1`, its name, and the Ed25519 key as base64 of PKCS 8, a line each, in a file of mode 0600. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { base64ToBytes } from '../codec/base64.ts';
import { bytesToHex } from '../codec/hex.ts';
import { ed25519PublicKey, ed25519Sign } from '../crypto/ed25519.ts';
import { sha256 } from '../crypto/sha256.ts';
import { COSIGNATURE, type NoteSigner, verifierKey } from '../log/note.ts';
import { WitnessError } from './errors.ts';

const FIRST_LINE = 'lamplight-witness/1';
const PRIVATE_MODE = 0o600;
const MAX_FILE_BYTES = 1024;

/** The signer in the file; makes file and key when there is none, durably, since a lost key is another witness. Throws WITNESS_KEY_FILE. */
export async function openKeyFile(path: string, name?: string): Promise<NoteSigner> {
  return (await readKeyFile(path)) ?? makeKeyFile(path, name);
}

async function readKeyFile(path: string): Promise<NoteSigner | undefined> {
  try {
    await using file = await open(path, 'r');
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0) throw new WitnessError('WITNESS_KEY_FILE', 'others than its owner may read it');
    if (size > MAX_FILE_BYTES) throw new WitnessError('WITNESS_KEY_FILE', 'it is too long');
    return parseKeyFile(await file.readFile('utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeKeyFile(path: string, wanted: string | undefined): Promise<NoteSigner> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const name = wanted ?? `lamplight.witness/${bytesToHex(ed25519PublicKey(privateKey).subarray(0, 4))}`;
  const signer = signerOf(name, privateKey);
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  await using file = await open(path, 'wx', PRIVATE_MODE);
  await file.writeFile(`${FIRST_LINE}\n${name}\n${pkcs8}\n`);
  await file.sync();
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
  return signer;
}

function parseKeyFile(text: string): NoteSigner {
  const [first, name = '', base64 = '', end] = text.split('\n');
  const der = base64ToBytes(base64);
  if (first !== FIRST_LINE || end !== '' || !der) throw new WitnessError('WITNESS_KEY_FILE', 'it has another form');
  try {
    return signerOf(name, createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }));
  } catch (cause) {
    throw new WitnessError('WITNESS_KEY_FILE', 'it holds no key', { cause });
  }
}

function signerOf(name: string, key: KeyObject): NoteSigner {
  return {
    key: verifierKey(name, ed25519PublicKey(key), sha256, COSIGNATURE),
    sign: (message) => ed25519Sign(message, key),
  };
}
