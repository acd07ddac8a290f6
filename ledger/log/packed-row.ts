// SPDX-License-Identifier: Apache-2.0
/**
 * One level of the tree's edge, packed as it will stand in tiles. An object for each hash and entry would cost the garbage collector,
 * and so the appends, more than the hashing does.
 */
import { TILE_WIDTH, type TileLevel } from './tile.ts';

const LENGTH_BYTES = 2;

export class PackedRow {
  /** What stands before each item: in a bundle of entries, its length. */
  readonly #prefixBytes: number;
  /** Index of the first item that is held, a multiple of 256. */
  #from: number;
  #bytes = new Uint8Array();
  /** Where each item begins in the bytes, its prefix included; at last, where the next will. */
  #starts = [0];

  constructor(level: TileLevel, from: number, items: readonly Uint8Array[]) {
    this.#prefixBytes = level === 'entries' ? LENGTH_BYTES : 0;
    this.#from = from;
    for (const item of items) this.push(item);
  }

  push(item: Uint8Array): void {
    const at = this.#starts.at(-1)!;
    const end = at + this.#prefixBytes + item.length;
    if (end > this.#bytes.length) this.#grow(end);
    if (this.#prefixBytes > 0) {
      this.#bytes[at] = item.length >> 8;
      this.#bytes[at + 1] = item.length & 0xff;
    }
    this.#bytes.set(item, at + this.#prefixBytes);
    this.#starts.push(end);
  }

  /** A copy of an item, or undefined if it is not held. */
  item(index: number): Uint8Array | undefined {
    const [start, end] = [this.#starts[index - this.#from], this.#starts[index - this.#from + 1]];
    return start === undefined || end === undefined ? undefined : this.#bytes.slice(start + this.#prefixBytes, end);
  }

  /** A copy of the first `width` items of tile `index`, as they stand in its file. All of them must be held. */
  tile(index: number, width: number): Uint8Array {
    const first = index * TILE_WIDTH - this.#from;
    return this.#bytes.slice(this.#starts[first], this.#starts[first + width]);
  }

  /** Drops what stands before `from`. */
  forget(from: number): void {
    const kept = this.#starts.slice(from - this.#from);
    const [start, end] = [kept[0]!, kept.at(-1)!];
    this.#bytes = this.#bytes.slice(start, end);
    this.#starts = kept.map((at) => at - start);
    this.#from = from;
  }

  #grow(least: number): void {
    const bytes = new Uint8Array(Math.max(least, 2 * this.#bytes.length));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
