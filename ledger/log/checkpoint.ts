// SPDX-License-Identifier: Apache-2.0
/** Checkpoints (C2SP tlog-checkpoint v1.0.0): the signed head of a log. The origin is the name of the log's verifier key. */
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { LedgerError } from '../errors.ts';
import { HASH_BYTES } from '../merkle/hash.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { type NoteSigner, openNote, signNote, type VerifierKey } from './note.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** The note text: origin, size, root, a line each. We write no extension lines. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${bytesToBase64(root)}\n`;
}

/** Reads a note text; extension lines are passed over. Throws CHECKPOINT_MALFORMED. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', decimal = '', base64 = '', ...extensions] = text.split('\n');
  const root = base64ToBytes(base64);
  const size = parseDecimal(decimal);
  const wellFormed = origin !== '' && extensions.at(-1) === '' && extensions.indexOf('') === extensions.length - 1;
  if (!wellFormed || size === undefined || root?.length !== HASH_BYTES) throw new LedgerError('CHECKPOINT_MALFORMED');
  return { origin, size, root };
}

export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  return signNote(formatCheckpoint(checkpoint), [signer]);
}

/** The checkpoint in a note signed by `key` for the origin of that name. Throws NOTE_MALFORMED, NOTE_SIGNATURE or CHECKPOINT_MALFORMED. */
export function openCheckpoint(note: string, key: VerifierKey, crypto: VerifierCrypto): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [key], crypto).text);
  if (checkpoint.origin !== key.name) throw new LedgerError('NOTE_SIGNATURE', 'the checkpoint of another log');
  return checkpoint;
}

/** A decimal without leading zeros that a JavaScript number holds exactly, or undefined. */
export function parseDecimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}
