// SPDX-License-Identifier: Apache-2.0
/** Where hashes and entries of the log lie (C2SP tlog-tiles v0.1.0): tiles of 256 hashes, bundles of 256 entries. Pure. */
import { LedgerError } from '../errors.ts';
import { foldRight, HASH_BYTES, nodeHash, type Sha256 } from '../merkle/hash.ts';
import type { TreeNode } from '../merkle/plan.ts';

export const TILE_WIDTH = 256;
/** A tile spans this many levels of the tree. */
export const TILE_HEIGHT = 8;
/** An entry's length in a bundle is a uint16. */
export const MAX_ENTRY_BYTES = 65_535;

/** `entries` for a bundle, else the level of a tile. */
export type TileLevel = number | 'entries';

/** Path below the log's directory; `width` of a full tile is 256. */
export function tilePath(level: TileLevel, index: number, width: number): string {
  const digits = String(index).padStart(3, '0');
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.../g)!;
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width < TILE_WIDTH ? `.p/${width}` : ''}`;
}

/** How many items of tile `index` at a level exist in a tree of `size` leaves: 0 to 256. */
export function tileWidth(level: TileLevel, index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, rowLength(level, size) - index * TILE_WIDTH));
}

/** Number of hashes (or entries) in the whole row of a level. */
export function rowLength(level: TileLevel, size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
}

/** The tile that holds a node: the hashes [start, start + count) of its bottom row are the node's leaves in the tile. */
export function tileOfNode(node: TreeNode): { level: number; index: number; start: number; count: number } {
  const count = 2 ** (node.level % TILE_HEIGHT);
  const first = node.index * count;
  const index = Math.floor(first / TILE_WIDTH);
  return { level: Math.floor(node.level / TILE_HEIGHT), index, start: first - index * TILE_WIDTH, count };
}

/** The root over a power of two of hashes. */
export function perfectRoot(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length <= 2) return foldRight(sha256, hashes);
  const half = hashes.length / 2;
  return nodeHash(sha256, perfectRoot(sha256, hashes.slice(0, half)), perfectRoot(sha256, hashes.slice(half)));
}

/** The hashes of a tile; LOG_DAMAGED unless it holds exactly `width`. */
export function decodeTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * HASH_BYTES) throw new LedgerError('LOG_DAMAGED', 'a tile of another size');
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** Entries, each after its length as a big-endian uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0));
  let at = 0;
  for (const entry of entries) {
    bundle[at] = entry.length >> 8;
    bundle[at + 1] = entry.length & 0xff;
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** LOG_DAMAGED unless the bytes are exactly `width` entries. */
export function decodeBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.length && entries.length < width) {
    const end = at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at !== bytes.length || entries.length !== width)
    throw new LedgerError('LOG_DAMAGED', 'an entry bundle of another form');
  return entries;
}
