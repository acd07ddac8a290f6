// SPDX-License-Identifier: Apache-2.0
/**
 * The right edge of the log in memory: what is needed to append, to know the root, and to write the tiles that are new. It holds
 * everything from the first tile on that was not written full yet, so its size is bounded by what waits to be written.
 */
import type { CompactRange } from '../merkle/compact-range.ts';
import { leafHash, type Sha256 } from '../merkle/hash.ts';
import { PackedRow } from './packed-row.ts';
import { rowLength, TILE_HEIGHT, TILE_WIDTH, type TileLevel, tilePath, tileWidth } from './tile.ts';

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
  readonly #entries: PackedRow;
  readonly #rows: PackedRow[];

  constructor(sha256: Sha256, edge: Edge) {
    this.#sha256 = sha256;
    this.#range = edge.range;
    const { size } = edge.range;
    this.#entries = new PackedRow('entries', edgeStart('entries', size), edge.entries);
    this.#rows = edge.hashes.map((items, level) => new PackedRow(level, edgeStart(level, size), items));
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
    this.#entries.push(entry);
    this.#range.append(hash, (node, height) => {
      if (height % TILE_HEIGHT === 0) this.#push(height / TILE_HEIGHT, node);
    });
    return hash;
  }

  /** An entry that is still held, or undefined if it must be read from its bundle. */
  entry(index: number): Uint8Array | undefined {
    return this.#entries.item(index);
  }

  /** The tiles and bundles of this tree from those on that were not full in a tree of `written` leaves. */
  tilesSince(written: number): TileFile[] {
    const rows: [TileLevel, PackedRow][] = [
      ...this.#rows.map((row, level): [TileLevel, PackedRow] => [level, row]),
      ['entries', this.#entries],
    ];
    return rows.flatMap(([level, row]) => tilesOfRow(level, row, written, this.size));
  }

  /** Drops what can be read from the full tiles of a tree of `written` leaves. */
  forget(written: number): void {
    this.#entries.forget(edgeStart('entries', written));
    for (const [level, row] of this.#rows.entries()) row.forget(edgeStart(level, written));
  }

  #push(level: number, hash: Uint8Array): void {
    this.#rows[level] ??= new PackedRow(level, 0, []);
    this.#rows[level].push(hash);
  }
}

function tilesOfRow(level: TileLevel, row: PackedRow, written: number, size: number): TileFile[] {
  const tiles: TileFile[] = [];
  for (let index = Math.floor(rowLength(level, written) / TILE_WIDTH); ; index++) {
    const width = tileWidth(level, index, size);
    if (width === 0) return tiles;
    tiles.push({
      level,
      index,
      width,
      path: tilePath(level, index, width),
      get bytes() {
        return row.tile(index, width);
      },
    });
  }
}

/** Index of the first item of the tile that is not full in a tree of `size` leaves. */
export function edgeStart(level: TileLevel, size: number): number {
  return Math.floor(rowLength(level, size) / TILE_WIDTH) * TILE_WIDTH;
}
