// SPDX-License-Identifier: Apache-2.0
/** The right edge of a log against the whole log kept plainly: what is to be written, what is still held, what is forgotten. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '../crypto/sha256.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import { leafHash } from '../merkle/hash.ts';
import { MemoryTree } from '../merkle/memory-tree.ts';
import { edgeStart, GrowingTree, type TileFile } from './growing-tree.ts';
import { decodeBundle, decodeTile, perfectRoot, type TileLevel, tileOfNode, tilePath } from './tile.ts';

const WIDTH = 256;
const entries = Array.from({ length: 1100 }, (_, i) => Buffer.from(`entry ${i}`));
const leaves = entries.map((entry) => leafHash(sha256, entry));
const SIZES = [0, 1, 255, 256, 257, 511, 512, 513, 1100];

/** Rows of the whole tree as the specification has them: each hash of level 1 is the root of 256 leaves. */
function plainRow(level: TileLevel, size: number): readonly Uint8Array[] {
  if (level === 'entries') return entries.slice(0, size);
  if (level === 0) return leaves.slice(0, size);
  return Array.from({ length: Math.floor(size / WIDTH) }, (_, i) =>
    new MemoryTree(sha256, leaves.slice(i * WIDTH, (i + 1) * WIDTH)).root(),
  );
}

function plainTiles(published: number, size: number): Map<string, string> {
  const tiles = new Map<string, string>();
  for (const level of [0, 1, 'entries'] as const) {
    const row = plainRow(level, size);
    for (let index = Math.floor(plainRow(level, published).length / WIDTH); index * WIDTH < row.length; index++) {
      const items = row.slice(index * WIDTH, (index + 1) * WIDTH);
      tiles.set(tilePath(level, index, items.length), hex(items));
    }
  }
  return tiles;
}

const hex = (items: readonly Uint8Array[]): string => items.map((item) => Buffer.from(item).toString('hex')).join(' ');
const read = ({ level, bytes, width }: TileFile): string =>
  hex(level === 'entries' ? decodeBundle(bytes, width) : decodeTile(bytes, width));
const written = (tree: GrowingTree, published: number): Map<string, string> =>
  new Map(tree.tilesSince(published).map((tile) => [tile.path, read(tile)]));

function grown(size: number): GrowingTree {
  const tree = new GrowingTree(sha256, { range: new CompactRange(sha256), entries: [], hashes: [] });
  for (const [i, entry] of entries.slice(0, size).entries()) expect(tree.append(entry)).toEqual(leaves[i]);
  return tree;
}

describe('a growing tree', () => {
  it('has the root of the whole, and writes every tile that was not full, and no other', () => {
    for (const size of SIZES) {
      const tree = grown(size);
      expect(tree.size).toBe(size);
      expect(hex([tree.root()])).toBe(hex([new MemoryTree(sha256, leaves.slice(0, size)).root()]));
      for (const published of SIZES.filter((n) => n <= size)) {
        expect(written(tree, published), `${published} of ${size}`).toEqual(plainTiles(published, size));
      }
    }
  });

  it('forgets what full tiles hold, and goes on as if it had not', () => {
    for (const published of SIZES.slice(0, -1)) {
      const tree = grown(published);
      tree.forget(published);
      const held = Math.floor(published / WIDTH) * WIDTH;
      expect(edgeStart('entries', published)).toBe(held);
      for (const [i, entry] of entries.slice(published).entries())
        expect(tree.append(entry)).toEqual(leaves[published + i]);
      expect(written(tree, published), `after ${published}`).toEqual(plainTiles(published, entries.length));
      expect(tree.entry(held - 1)).toBeUndefined();
      expect(tree.entry(held)).toEqual(Uint8Array.from(entries[held]!));
      expect(tree.entry(entries.length - 1)).toEqual(Uint8Array.from(entries.at(-1)!));
      expect(tree.entry(entries.length)).toBeUndefined();
    }
  });

  it('is opened again at its edge, and the one before it keeps its own', () => {
    const size = 700;
    const whole = grown(size);
    const start = { entries: edgeStart('entries', size), 0: edgeStart(0, size), 1: edgeStart(1, size) };
    const range = new CompactRange(sha256);
    for (const leaf of leaves.slice(0, size)) range.append(leaf);
    const hashes = [plainRow(0, size).slice(start[0]), plainRow(1, size).slice(start[1])];
    const tree = new GrowingTree(sha256, { range, entries: entries.slice(start.entries, size), hashes });
    for (const entry of entries.slice(size)) tree.append(entry);
    expect(written(tree, size)).toEqual(plainTiles(size, entries.length));
    expect(written(whole, size)).toEqual(plainTiles(size, size));
  });
});

describe('a tile', () => {
  it('gives the root of any node in it, and is refused with a hash more or less', () => {
    for (const [level, index] of [
      [0, 1023],
      [1, 300],
      [3, 127],
      [7, 5],
      [8, 3],
    ] as const) {
      const found = tileOfNode({ level, index });
      const tile = plainRow(found.level, 1024).slice(found.index * WIDTH, (found.index + 1) * WIDTH);
      const first = index * 2 ** level;
      const whole = new MemoryTree(sha256, leaves.slice(first, first + 2 ** level)).root();
      expect(hex([perfectRoot(sha256, tile.slice(found.start, found.start + found.count))])).toBe(hex([whole]));
    }
    const bytes = Buffer.concat(leaves.slice(0, 3));
    expect(hex(decodeTile(bytes, 3))).toBe(hex(leaves.slice(0, 3)));
    for (const width of [2, 4])
      expect(() => decodeTile(bytes, width)).toThrow(expect.objectContaining({ code: 'LOG_DAMAGED' }));
    expect(() => decodeTile(bytes.subarray(1), 3)).toThrow(expect.objectContaining({ code: 'LOG_DAMAGED' }));
  });

  it('has a path of three digits a part, and says when it is not full', () => {
    expect([0, 999, 1000, 999_999, 1_000_000].map((index) => tilePath(1, index, WIDTH))).toEqual([
      ...['tile/1/000', 'tile/1/999', 'tile/1/x001/000', 'tile/1/x999/999', 'tile/1/x001/x000/000'],
    ]);
    expect([tilePath(2, 7, 255), tilePath('entries', 7, 1)]).toEqual(['tile/2/007.p/255', 'tile/entries/007.p/1']);
  });

  it('of entries holds them up to 65,535 bytes, and is refused cut, longer, or of another number', () => {
    const bundle = [new Uint8Array(65_535).fill(1), new Uint8Array(), new Uint8Array(256).fill(2)];
    const { bytes } = bundleOf(bundle);
    expect(hex(decodeBundle(bytes, 3))).toBe(hex(bundle));
    const forms: readonly (readonly [Uint8Array, number])[] = [
      ...[2, 4].map((width) => [bytes, width] as const),
      ...[1, 256, 257, 258].map((cut) => [bytes.subarray(0, -cut), 3] as const),
      [Buffer.concat([bytes, Uint8Array.of(0)]), 3],
    ];
    for (const [form, width] of forms)
      expect(() => decodeBundle(form, width)).toThrow(expect.objectContaining({ code: 'LOG_DAMAGED' }));
  });
});

function bundleOf(items: readonly Uint8Array[]): TileFile {
  const tree = new GrowingTree(sha256, { range: new CompactRange(sha256), entries: [], hashes: [] });
  for (const item of items) tree.append(item);
  return tree.tilesSince(0).find(({ level }) => level === 'entries')!;
}
