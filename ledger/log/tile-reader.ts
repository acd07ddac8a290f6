// SPDX-License-Identifier: Apache-2.0
/** Reads nodes and entries of a published tree from its tiles. What it reads is proved by whoever uses it, against a root. */
import { LedgerError } from '../errors.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import type { Sha256 } from '../merkle/hash.ts';
import { foldPlan, type Plan, planRoot, type TreeNode } from '../merkle/plan.ts';
import type { Files } from './files.ts';
import {
  decodeBundle,
  decodeTile,
  perfectRoot,
  TILE_WIDTH,
  type TileLevel,
  tileOfNode,
  tilePath,
  tileWidth,
} from './tile.ts';

export class TileReader {
  readonly #files: Pick<Files, 'read'>;
  readonly #sha256: Sha256;
  /** Size of the tree whose tiles are on disk: it says how wide the last ones are. */
  readonly #size: () => number;

  constructor(files: Pick<Files, 'read'>, sha256: Sha256, size: () => number) {
    this.#files = files;
    this.#sha256 = sha256;
    this.#size = size;
  }

  /** The hashes of a proof. LOG_DAMAGED if a tile is missing or of a wrong size. */
  async proof(plan: Plan): Promise<Uint8Array[]> {
    return foldPlan(this.#sha256, plan, await this.#nodes(plan.flat()));
  }

  /** The compact range of the first `size` leaves. */
  async range(size: number): Promise<CompactRange> {
    return new CompactRange(this.#sha256, size, await this.#nodes(planRoot(size)));
  }

  /** All hashes of one tile that the tree has. */
  async tile(level: number, index: number): Promise<Uint8Array[]> {
    const { bytes, width } = await this.#read(level, index);
    return decodeTile(bytes, width);
  }

  async entry(index: number): Promise<Uint8Array> {
    return (await this.entriesFrom(index))[0]!;
  }

  /** Entry `index` and those after it in its bundle. */
  async entriesFrom(index: number): Promise<Uint8Array[]> {
    const { bytes, width } = await this.#read('entries', Math.floor(index / TILE_WIDTH));
    return decodeBundle(bytes, width).slice(index % TILE_WIDTH);
  }

  async #nodes(nodes: readonly TreeNode[]): Promise<Uint8Array[]> {
    const tiles = new Map<string, Promise<Uint8Array[]>>();
    const hashes = nodes.map(async (node) => {
      const { level, index, start, count } = tileOfNode(node);
      const key = `${level}/${index}`;
      if (!tiles.has(key)) tiles.set(key, this.tile(level, index));
      return perfectRoot(this.#sha256, (await tiles.get(key)!).slice(start, start + count));
    });
    return Promise.all(hashes);
  }

  async #read(level: TileLevel, index: number): Promise<{ bytes: Uint8Array; width: number }> {
    for (;;) {
      const width = tileWidth(level, index, this.#size());
      const path = tilePath(level, index, width);
      const bytes = await this.#files.read(path);
      if (bytes) return { bytes, width };
      // A publish in between may have removed the partial tile for the full one; then there is a new width to try.
      if (width === tileWidth(level, index, this.#size())) throw new LedgerError('LOG_DAMAGED', `${path} is missing`);
    }
  }
}
