// SPDX-License-Identifier: Apache-2.0
/** A published log, read beside its writer: the newest checkpoint and proofs to it. It reads tiles only, and signs nothing. */
import { nodeCrypto } from '../crypto/node.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';
import { planInclusion } from '../merkle/plan.ts';
import { openCheckpoint } from './checkpoint.ts';
import { NodeFiles } from './files.ts';
import { HEAD_FILE } from './format.ts';
import { parseVerifierKey } from './note.ts';
import { TileReader } from './tile-reader.ts';

export interface LogView {
  /** The signed note that every proof of this view leads to. */
  readonly checkpoint: string;
  /** Entries under it. */
  readonly size: number;
  /** Hashes from entry `index` to the root; LOG_RANGE if the checkpoint does not cover it yet, LOG_DAMAGED if a tile is gone. */
  inclusionProof(index: number): Promise<readonly Uint8Array[]>;
}

/** Opens the log in `directory` under its verifier key. Throws LOG_RANGE while nothing is signed, and the note's codes. */
export async function viewLog(directory: string, vkey: string): Promise<LogView> {
  const files = new NodeFiles(directory);
  const head = await files.read(HEAD_FILE);
  if (!head) throw new LedgerError('LOG_RANGE', 'nothing is signed yet');
  const checkpoint = new TextDecoder().decode(head);
  const { size } = openCheckpoint(checkpoint, parseVerifierKey(vkey, sha256), nodeCrypto);
  const tiles = new TileReader(files, sha256, () => size);
  return {
    checkpoint,
    size,
    async inclusionProof(index) {
      if (index >= size) throw new LedgerError('LOG_RANGE', 'the newest checkpoint does not cover it yet');
      return tiles.proof(planInclusion(index, size));
    },
  };
}
