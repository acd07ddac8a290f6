// SPDX-License-Identifier: Apache-2.0
/** The body of add-checkpoint (C2SP tlog-witness v1.0.0): `old N`, hashes of a consistency proof, an empty line, the checkpoint. */
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { type Checkpoint, parseCheckpoint, parseDecimal } from '../log/checkpoint.ts';
import { parseNote } from '../log/note.ts';
import { HASH_BYTES } from '../merkle/hash.ts';
import { WitnessError } from './errors.ts';

export interface AddCheckpoint {
  /** Size of the tree that the witness holds. */
  readonly oldSize: number;
  /** That the tree of `oldSize` entries is a prefix of the checkpoint's. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint, a signed note. */
  readonly note: string;
}

/** A note of ours has less than 1 KiB; this leaves room for the signatures of many witnesses. */
export const MAX_REQUEST_BYTES = 64 * 1024;
const MAX_PROOF_HASHES = 63;

export function encodeAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `${[`old ${oldSize}`, ...proof.map(bytesToBase64)].join('\n')}\n\n${note}`;
}

/** Reads a body, all of which may come from an attacker; nothing of it is proved. Throws WITNESS_REQUEST_MALFORMED. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint & { readonly checkpoint: Checkpoint } {
  if (body.length > MAX_REQUEST_BYTES) throw malformed(`more than ${MAX_REQUEST_BYTES} bytes`);
  const text = decodeUtf8(body);
  const end = text.indexOf('\n\n');
  const [old = '', ...hashes] = text.slice(0, Math.max(0, end)).split('\n');
  const oldSize = old.startsWith('old ') ? parseDecimal(old.slice(4)) : undefined;
  if (oldSize === undefined) throw malformed('no old size');
  if (hashes.length > MAX_PROOF_HASHES) throw malformed(`more than ${MAX_PROOF_HASHES} hashes`);
  const note = text.slice(end + 2);
  const checkpoint = checkpointOf(note);
  if (oldSize > checkpoint.size) throw malformed('an old size above that of the checkpoint');
  return { oldSize, proof: hashes.map(parseHash), note, checkpoint };
}

function checkpointOf(note: string): Checkpoint {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (cause) {
    throw new WitnessError('WITNESS_REQUEST_MALFORMED', 'no checkpoint', { cause });
  }
}

function decodeUtf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new WitnessError('WITNESS_REQUEST_MALFORMED', 'not UTF-8', { cause });
  }
}

function parseHash(line: string): Uint8Array {
  const hash = base64ToBytes(line);
  if (hash?.length !== HASH_BYTES) throw malformed('a line that is no hash');
  return hash;
}

function malformed(detail: string): WitnessError {
  return new WitnessError('WITNESS_REQUEST_MALFORMED', detail);
}
