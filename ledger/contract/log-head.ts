// SPDX-License-Identifier: Apache-2.0
/** Finds the log that a checkpoint is of. Every byte of the note may be an attacker's. */
import { LedgerError } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from '../log/checkpoint.ts';
import { parseNote } from '../log/note.ts';
import type { Sha256 } from '../merkle/hash.ts';
import { type RefusalCode, type Refused, refused } from './answer.ts';
import { KEYS, LOG_VALUE, type LogHead, load, type ReadState } from './state.ts';

export interface FoundLog {
  readonly originHash: Uint8Array;
  readonly head: LogHead;
  readonly checkpoint: Checkpoint;
}

export function hashOfOrigin(origin: string, sha256: Sha256): Uint8Array {
  return sha256(new TextEncoder().encode(origin));
}

/** What the note claims, and the log of its origin. It does not check the signature. Refuses with a note's codes or NOT_FOUND. */
export function logOf(state: ReadState, note: string, sha256: Sha256): FoundLog | Refused {
  const checkpoint = withNoteCodes(() => parseCheckpoint(parseNote(note).text));
  if ('kind' in checkpoint) return checkpoint;
  const originHash = hashOfOrigin(checkpoint.origin, sha256);
  const head = load(state, LOG_VALUE, KEYS.log(originHash));
  return head ? { originHash, head, checkpoint } : refused('NOT_FOUND', 'the log');
}

/** Runs a parser of notes and keys, which throws coded errors, and makes a refusal of them. */
export function withNoteCodes<T>(parse: () => T): T | Refused {
  try {
    return parse();
  } catch (error) {
    if (error instanceof LedgerError && /^(NOTE|CHECKPOINT)_/.test(error.code))
      return refused(error.code as RefusalCode, error.message);
    throw error;
  }
}
