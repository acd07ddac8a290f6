// SPDX-License-Identifier: Apache-2.0
/** Steps 2 to 4 of the write order: tiles, the signed head (the commit point), the checkpoint that everybody may see. */
import { equalBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import { signCheckpoint } from './checkpoint.ts';
import type { Files, NewFile } from './files.ts';
import { CHECKPOINT_FILE, HEAD_FILE } from './format.ts';
import type { GrowingTree, TileFile } from './growing-tree.ts';
import type { NoteSigner } from './note.ts';
import { rowLength, TILE_WIDTH, type TileLevel, tilePath, tileWidth } from './tile.ts';

/** Tiles that are looked for and written together, each folder synced once after them. */
const TILES_AT_ONCE = 128;

/** The newest signed tree; size 0 without a note before the first. */
export interface Head {
  readonly size: number;
  readonly note: string | undefined;
}

/** What of the tree is on disk already. */
interface OnDisk {
  /** Size of the tree under the head: it says which tiles are there. */
  readonly published: number;
  /** Size up to which full tiles were written ahead of it. */
  readonly written: number;
}

/**
 * Publishes the tree as it stands at the call; entries appended meanwhile wait for the next time. `committed` is called at the commit
 * point: a signature never leaves the process before. Any error is fatal to the log.
 */
export async function publishTree(
  files: Files,
  signer: NoteSigner,
  tree: GrowingTree,
  onDisk: OnDisk,
  committed: (head: Head) => void,
): Promise<string> {
  const note = signCheckpoint({ origin: signer.key.name, size: tree.size, root: tree.root() }, signer);
  await commitTree(files, note, tree, onDisk, committed);
  return note;
}

/** The same with the checkpoint of this very tree, which somebody else signed. */
export async function commitTree(
  files: Files,
  note: string,
  tree: GrowingTree,
  { published, written }: OnDisk,
  committed: (head: Head) => void,
): Promise<void> {
  const { size } = tree;
  const tiles = tree.tilesSince(written).filter((t) => t.width !== tileWidth(t.level, t.index, published));
  await writeTiles(files, tiles);
  const bytes = new TextEncoder().encode(note);
  await files.writeAtomic(HEAD_FILE, bytes);
  // COMMIT POINT. All tiles of this size are durable and so is the head. A crash from here on restarts with this head and writes the
  // checkpoint again; a crash before it restarts with the old head, and replays the segments into the same tiles.
  tree.forget(size);
  committed({ size, note });
  await files.writeAtomic(CHECKPOINT_FILE, bytes);
  await removeNarrowTiles(files, published, size);
}

/** Writes the tiles that are full since `written`, ahead of a head, and drops them from memory; gives how far that is. */
export async function writeFullTiles(files: Files, tree: GrowingTree, written: number): Promise<number> {
  const { size } = tree;
  await writeTiles(
    files,
    tree.tilesSince(written).filter((tile) => tile.width === TILE_WIDTH),
  );
  tree.forget(size);
  return size;
}

/** Removes the narrow tiles of a head of `published` entries that one of `size` has made full. */
export async function removeNarrowTiles(files: Files, published: number, size: number): Promise<void> {
  for (let level: TileLevel = 'entries'; rowLength(level, published) > 0; level = level === 'entries' ? 0 : level + 1) {
    const index = Math.floor(rowLength(level, published) / TILE_WIDTH);
    if (tileWidth(level, index, size) === TILE_WIDTH) await files.remove(`${tilePath(level, index, TILE_WIDTH)}.p`);
  }
}

/** In portions, so that appends get their turn between them. */
async function writeTiles(files: Files, tiles: readonly TileFile[]): Promise<void> {
  for (let at = 0; at < tiles.length; at += TILES_AT_ONCE) await writeOnce(files, tiles.slice(at, at + TILES_AT_ONCE));
}

/** A tile never changes. After a crash it may be there already; then it must be the same, and made durable. */
async function writeOnce(files: Files, tiles: readonly TileFile[]): Promise<void> {
  const existing = await Promise.all(tiles.map(({ path }) => files.read(path)));
  const missing: NewFile[] = [];
  for (const [i, tile] of tiles.entries()) {
    const found = existing[i];
    if (!found) missing.push(tile);
    else if (equalBytes(found, tile.bytes)) await files.sync(tile.path);
    else throw new LedgerError('LOG_DAMAGED', `${tile.path} holds other bytes than the tree`);
  }
  await files.writeAll(missing);
}
