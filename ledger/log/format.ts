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

export function encodeFormat(key: VerifierKey): Uint8Array {
  return new TextEncoder().encode(`${VERSION}\n${formatVerifierKey(key)}\n`);
}

/** The log's verifier key; undefined if there is no log. LOG_FORMAT if it is of another version, NOTE_MALFORMED if the key is damaged. */
export async function readFormat(files: Files, sha256: Sha256): Promise<VerifierKey | undefined> {
  const bytes = await files.read(FORMAT_FILE);
  if (!bytes) {
    if ((await files.list('segment')).length > 0) throw new LedgerError('LOG_FORMAT', 'the file "format" is missing');
    return undefined;
  }
  const [version, vkey = '', end] = new TextDecoder().decode(bytes).split('\n');
  if (version !== VERSION || end !== '') throw new LedgerError('LOG_FORMAT');
  return parseVerifierKey(vkey, sha256);
}
