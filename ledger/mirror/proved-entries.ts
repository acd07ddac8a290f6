// SPDX-License-Identifier: Apache-2.0
/**
 * Entries of a log, read from whoever has them, each piece proved to lie under a checkpoint before it is given: by its root if the piece
 * reaches that far, else by a consistency proof from the end of the piece.
 */
import { equalBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { TILE_WIDTH } from '../log/tile.ts';
import type { TileReader } from '../log/tile-reader.ts';
import type { CompactRange } from '../merkle/compact-range.ts';
import { leafHash, type Sha256 } from '../merkle/hash.ts';
import { planConsistency } from '../merkle/plan.ts';
import { verifyConsistency } from '../merkle/verify.ts';
import { MirrorError } from './errors.ts';

/** Gives entries [from, to), or undefined where it has not got them all. Throws MIRROR_UNREACHABLE, or LOG_DAMAGED. */
export interface EntrySource {
  readonly name: string;
  entries(from: number, to: number): Promise<readonly Uint8Array[] | undefined>;
}

export interface Proving {
  readonly target: Checkpoint;
  /** The tree of the entries that are there already. */
  readonly range: CompactRange;
  /** Asked in this order for each piece: the first whose entries are proved is taken. */
  readonly entries: readonly EntrySource[];
  /** Tiles of the target's size, for the proofs; the first that proves is enough. */
  readonly tiles: readonly TileReader[];
  readonly sha256: Sha256;
}

export interface ProvedPiece {
  readonly entries: readonly Uint8Array[];
  readonly source: EntrySource;
}

/** Entries held in memory at once: at most 8 bundles, 134 MB if all are of the longest. */
const PIECE_ENTRIES = 8 * TILE_WIDTH;

/**
 * All entries from the range to the target, in pieces that end with a full bundle. Throws MIRROR_UNPROVED, naming what is
 * missing, or MIRROR_UNREACHABLE.
 */
export async function* provedEntries(proving: Proving): AsyncGenerator<ProvedPiece> {
  let { range } = proving;
  while (range.size < proving.target.size) {
    const end = Math.min(proving.target.size, (Math.floor(range.size / PIECE_ENTRIES) + 1) * PIECE_ENTRIES);
    const { piece, grown } = await provedPiece(proving, range, end);
    yield piece;
    range = grown;
  }
}

async function provedPiece(
  proving: Proving,
  range: CompactRange,
  end: number,
): Promise<{ piece: ProvedPiece; grown: CompactRange }> {
  const silent: MirrorError[] = [];
  for (const source of proving.entries) {
    const entries = await attempt(silent, () => source.entries(range.size, end));
    if (entries?.length !== end - range.size) continue;
    const grown = range.clone();
    for (const entry of entries) grown.append(leafHash(proving.sha256, entry));
    if (await isUnder(proving, grown, silent)) return { piece: { entries, source }, grown };
  }
  const missing = `entries ${range.size} to ${end - 1} under the checkpoint of ${proving.target.size}`;
  // Who did not answer may have them yet.
  throw silent[0] ?? new MirrorError('MIRROR_UNPROVED', missing);
}

async function isUnder(
  { target, tiles, sha256 }: Proving,
  range: CompactRange,
  silent: MirrorError[],
): Promise<boolean> {
  const [from, fromRoot] = [range.size, range.root()];
  if (from === target.size) return equalBytes(fromRoot, target.root);
  for (const reader of tiles) {
    const proof = await attempt(silent, () => reader.proof(planConsistency(from, target.size)));
    const claim = { from, to: target.size, fromRoot, toRoot: target.root };
    if (proof && verifyConsistency(sha256, { ...claim, proof })) return true;
  }
  return false;
}

/** Entries out of the bundles of a published log. */
export function bundleEntries(name: string, tiles: TileReader): EntrySource {
  return {
    name,
    async entries(from, to) {
      const first = Math.floor(from / TILE_WIDTH);
      const bundles = Array.from({ length: Math.ceil(to / TILE_WIDTH) - first }, (_, i) =>
        tiles.entriesFrom(Math.max(from, (first + i) * TILE_WIDTH)),
      );
      return (await Promise.all(bundles)).flat().slice(0, to - from);
    },
  };
}

/** What cannot be read, or is of another form, is as if it were not there: another may have it. Who did not answer is noted. */
async function attempt<T>(silent: MirrorError[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MirrorError) silent.push(error);
    else if (!(error instanceof LedgerError)) throw error;
    return undefined;
  }
}
