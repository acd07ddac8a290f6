// SPDX-License-Identifier: Apache-2.0
/** The file `format`: the version of the layout, and the verifier key of the log that lies here. */
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../merkle/hash.ts';
import type { Files } from './files.ts';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from './note.ts';

export const FORMAT_FILE = 'format';
export const HEAD_FILE = 'head';
export const CHECKPOINT_FILE = 'checkpoint';
/** The newest checkpoint that the homes outside the box have accepted, with their lines. Whoever asks them writes it. */
export const ANCHORED_FILE = 'anchored';
const VERSION = 'lamplight-log/1';
/** Stands for it while a recovery moves files: no version that anybody opens. */
const UNFINISHED = 'lamplight-log/recovering';

export function encodeFormat(key: VerifierKey): Uint8Array {
  return new TextEncoder().encode(`${VERSION}\n${formatVerifierKey(key)}\n`);
}

export function encodeUnfinishedFormat(key: VerifierKey): Uint8Array {
  return new TextEncoder().encode(`${UNFINISHED}\n${formatVerifierKey(key)}\n`);
}

/** The log's verifier key; undefined if there is no log. LOG_FORMAT if it is of another version, NOTE_MALFORMED if the key is damaged. */
export async function readFormat(files: Files, sha256: Sha256): Promise<VerifierKey | undefined> {
  return readOwner(files, sha256, [VERSION]);
}

/** The same for a recovery, which goes on where another was cut off. */
export async function readFormatToRecover(files: Files, sha256: Sha256): Promise<VerifierKey | undefined> {
  return readOwner(files, sha256, [VERSION, UNFINISHED]);
}

async function readOwner(
  files: Files,
  sha256: Sha256,
  versions: readonly (string | undefined)[],
): Promise<VerifierKey | undefined> {
  const bytes = await files.read(FORMAT_FILE);
  if (!bytes) {
    if ((await files.list('segment')).length > 0) throw new LedgerError('LOG_FORMAT', 'the file "format" is missing');
    return undefined;
  }
  const [version, vkey = '', end] = new TextDecoder().decode(bytes).split('\n');
  if (!versions.includes(version) || end !== '') throw new LedgerError('LOG_FORMAT');
  return parseVerifierKey(vkey, sha256);
}
