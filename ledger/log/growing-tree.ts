// SPDX-License-Identifier: Apache-2.0
/**
 * The right edge of the log in memory: what is needed to append, to know the root, and to write the tiles that are new since the last
 * head. It holds everything from the first tile on that was not full at that head, so its size is bounded by what is unpublished.
 */
import { concatBytes } from '../codec/bytes.ts';
import type { CompactRange } from '../merkle/compact-range.ts';
import { leafHash, type Sha256 } from '../merkle/hash.ts';
import { encodeBundle, rowLength, TILE_HEIGHT, TILE_WIDTH, type TileLevel, tilePath, tileWidth } from './tile.ts';

/** Items of one level from index `from`, a multiple of 256, to its end. */
interface Row {
  readonly from: number;
  readonly items: readonly Uint8Array[];
}

/** The edge of a tree: entries, and hashes by tile level. */
export interface Edge {
  readonly range: CompactRange;
  readonly entries: readonly Uint8Array[];
  readonly hashes: readonly (readonly Uint8Array[])[];
}

export interface TileFile {
  readonly level: TileLevel;
  readonly index: number;
  readonly width: number;
  readonly path: string;
  /** Its bytes, made anew each time they are wanted: to encode many at once would hold up the appends. */
  readonly bytes: Uint8Array;
}

export class GrowingTree {
  readonly #sha256: Sha256;
  readonly #range: CompactRange;
  #entries: Row;
  #rows: Row[];

  constructor(sha256: Sha256, edge: Edge) {
    this.#sha256 = sha256;
    this.#range = edge.range;
    this.#entries = { from: edgeStart('entries', edge.range.size), items: edge.entries };
    this.#rows = edge.hashes.map((items, level) => ({ from: edgeStart(level, edge.range.size), items }));
  }

  get size(): number {
    return this.#range.size;
  }

  root(): Uint8Array {
    return this.#range.root();
  }

  /** Appends an entry and gives its leaf hash. */
  append(entry: Uint8Array): Uint8Array {
    const hash = leafHash(this.#sha256, entry);
    (this.#entries.items as Uint8Array[]).push(entry);
    this.#range.append(hash, (node, height) => {
      if (height % TILE_HEIGHT === 0) this.#push(height / TILE_HEIGHT, node);
    });
    return hash;
  }

  /** An entry that is still held, or undefined if it must be read from its bundle. */
  entry(index: number): Uint8Array | undefined {
    return this.#entries.items[index - this.#entries.from];
  }

  /** The tiles and bundles of this tree from those on that were not full in a tree of `published` leaves. */
  tilesSince(published: number): TileFile[] {
    const rows: [TileLevel, Row][] = [
      ...this.#rows.map((row, level): [TileLevel, Row] => [level, row]),
      ['entries', this.#entries],
    ];
    return rows.flatMap(([level, row]) => tilesOfRow(level, row, published, this.size));
  }

  /** Drops what a head of `published` leaves makes readable from full tiles. */
  forget(published: number): void {
    const cut = (level: TileLevel, row: Row): Row => {
      const from = edgeStart(level, published);
      return { from, items: row.items.slice(from - row.from) };
    };
    this.#entries = cut('entries', this.#entries);
    this.#rows = this.#rows.map((row, level) => cut(level, row));
  }

  #push(level: number, hash: Uint8Array): void {
    this.#rows[level] ??= { from: 0, items: [] };
    (this.#rows[level].items as Uint8Array[]).push(hash);
  }
}

function tilesOfRow(level: TileLevel, row: Row, published: number, size: number): TileFile[] {
  const tiles: TileFile[] = [];
  for (let index = Math.floor(rowLength(level, published) / TILE_WIDTH); ; index++) {
    const width = tileWidth(level, index, size);
    if (width === 0) return tiles;
    const start = index * TILE_WIDTH - row.from;
    tiles.push({
      level,
      index,
      width,
      path: tilePath(level, index, width),
      get bytes() {
        const items = row.items.slice(start, start + width);
        return level === 'entries' ? encodeBundle(items) : concatBytes(...items);
      },
    });
  }
}

/** Index of the first item of the tile that is not full in a tree of `size` leaves. */
export function edgeStart(level: TileLevel, size: number): number {
  return Math.floor(rowLength(level, size) / TILE_WIDTH) * TILE_WIDTH;
}
