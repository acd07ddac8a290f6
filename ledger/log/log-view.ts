// SPDX-License-Identifier: Apache-2.0
/** A published log, read beside its writer: the newest checkpoint and proofs to it. It reads tiles only, and signs nothing. */
import { nodeCrypto } from '../crypto/node.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';
import { leafHash } from '../merkle/hash.ts';
import { planInclusion } from '../merkle/plan.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { NodeFiles } from './files.ts';
import { ANCHORED_FILE, HEAD_FILE } from './format.ts';
import { parseVerifierKey, type VerifierKey } from './note.ts';
import { TileReader } from './tile-reader.ts';

export interface LogView {
  /** The signed note that every proof of this view leads to. */
  readonly checkpoint: string;
  /** Entries under it. */
  readonly size: number;
  /** Hashes from entry `index` to the root; LOG_RANGE if the checkpoint does not cover it yet, LOG_DAMAGED if a tile is gone. */
  inclusionProof(index: number): Promise<readonly Uint8Array[]>;
  /** Entry `index`; rejects as `inclusionProof` does. */
  entry(index: number): Promise<Uint8Array>;
  /** Whether the checkpoint covers `entry` at `index`, by its proof; rejects as `inclusionProof` does. */
  holds(index: number, entry: Uint8Array): Promise<boolean>;
}

/**
 * Opens the log in `directory` under its verifier key: under the checkpoint that homes outside the box have accepted if that covers entry
 * `covers`, else under the newest head. Throws LOG_RANGE while nothing is signed, and the note's codes.
 */
export async function viewLog(directory: string, vkey: string, covers = Number.POSITIVE_INFINITY): Promise<LogView> {
  const files = new NodeFiles(directory);
  const key = parseVerifierKey(vkey, sha256);
  const head = await readSigned(files, HEAD_FILE, key);
  if (!head) throw new LedgerError('LOG_RANGE', 'nothing is signed yet');
  const anchored = await readSigned(files, ANCHORED_FILE, key);
  const { note, size, root } = anchored && anchored.size > covers && anchored.size <= head.size ? anchored : head;
  // Its nodes are read from the tiles of the newest head: narrower ones go when a tile is full, also while an export reads for minutes.
  let newest = head;
  const read = async (path: string) => {
    const bytes = await files.read(path);
    if (!bytes) newest = (await readSigned(files, HEAD_FILE, key)) ?? newest;
    return bytes;
  };
  const tiles = new TileReader({ read }, sha256, () => newest.size);
  const inclusionProof = async (index: number) => {
    assertCovered(index, size);
    return tiles.proof(planInclusion(index, size));
  };
  return {
    checkpoint: note,
    size,
    inclusionProof,
    async holds(index, entry) {
      const claim = { leafHash: leafHash(sha256, entry), index, size, root, proof: await inclusionProof(index) };
      return verifyInclusion(sha256, claim);
    },
    async entry(index) {
      assertCovered(index, size);
      return tiles.entry(index);
    },
  };
}

/** The newest checkpoint that the homes have accepted; undefined before the first. Throws the note's codes. */
export async function readAnchored(directory: string, vkey: string): Promise<SignedNote | undefined> {
  return readSigned(new NodeFiles(directory), ANCHORED_FILE, parseVerifierKey(vkey, sha256));
}

/** Makes `note` the newest that the homes have accepted; durable when it resolves. Throws the note's codes for one that is not of this log. */
export async function writeAnchored(directory: string, vkey: string, note: string): Promise<void> {
  openCheckpoint(note, parseVerifierKey(vkey, sha256), nodeCrypto);
  await new NodeFiles(directory).writeAtomic(ANCHORED_FILE, new TextEncoder().encode(note));
}

function assertCovered(index: number, size: number): void {
  if (index >= size) throw new LedgerError('LOG_RANGE', 'the newest checkpoint does not cover it yet');
}

type SignedNote = Checkpoint & { readonly note: string };

async function readSigned(files: NodeFiles, path: string, key: VerifierKey): Promise<SignedNote | undefined> {
  const bytes = await files.read(path);
  if (!bytes) return undefined;
  const note = new TextDecoder().decode(bytes);
  return { ...openCheckpoint(note, key, nodeCrypto), note };
}
