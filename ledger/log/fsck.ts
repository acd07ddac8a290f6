// SPDX-License-Identifier: Apache-2.0
/**
 * Checks a whole log that no process holds, reading only: rebuilds every tile, bundle and root from the entries in the segments with the
 * code that wrote them, compares, and says which part is damaged and where.
 */
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import { HASH_BYTES } from '../merkle/hash.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import type { Files } from './files.ts';
import { ANCHORED_FILE, CHECKPOINT_FILE, FORMAT_FILE, HEAD_FILE, readFormat } from './format.ts';
import { GrowingTree, type TileFile } from './growing-tree.ts';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from './note.ts';
import { damagedFrame, readSegments, type SegmentContent } from './segment-reader.ts';
import { decodeBundle, TILE_WIDTH } from './tile.ts';
import { TileReader } from './tile-reader.ts';

type DamageKind = 'format' | 'head' | 'segment' | 'tile' | 'entries' | 'checkpoint';

interface Damage {
  readonly kind: DamageKind;
  /** Which file, and where in it. */
  readonly place: string;
}

export interface FsckReport {
  readonly vkey: string | undefined;
  /** The signed tree; undefined if there is no head that holds. */
  readonly head: { readonly size: number; readonly root: string } | undefined;
  /** Entries in the segments, those beyond the head included. */
  readonly sequenced: number;
  /** The first that were found, at most MAX_DAMAGE; empty is a clean log. */
  readonly damage: readonly Damage[];
}

const MAX_DAMAGE = 16;
/** Tiles are compared and dropped after so many entries, which bounds the memory. */
const COMPARE_EVERY = 64 * TILE_WIDTH;

/** Checks the log; `vkey` as the auditor knows it, else the one in the file `format`. Damage is a result, never an error. */
export async function fsck(files: Files, crypto: VerifierCrypto, vkey?: string): Promise<FsckReport> {
  const damage: Damage[] = [];
  const note = async <T>(kind: DamageKind, place: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      damage.push({ kind, place: `${place}: ${error.message}` });
      return undefined;
    }
  };
  const key = await note('format', FORMAT_FILE, () => expectedKey(files, crypto, vkey));
  if (!key) return { vkey, head: undefined, sequenced: 0, damage };
  const head = await note('head', HEAD_FILE, () => readCheckpoint(files, HEAD_FILE, key, crypto));
  const rebuilt = new Rebuilt(files, crypto, head?.size ?? 0);
  await note('segment', 'segment', () => rebuilt.run());
  if (damage.length === 0) await note('tile', 'tile', async () => damage.push(...(await rebuilt.compareWith(head))));
  for (const path of [CHECKPOINT_FILE, ANCHORED_FILE]) {
    const published = await note('checkpoint', path, () => readCheckpoint(files, path, key, crypto));
    if (damage.length === 0 && published)
      await note('checkpoint', path, () => comparePublished(files, crypto, published, head));
  }
  return {
    vkey: formatVerifierKey(key),
    head: head && { size: head.size, root: bytesToHex(head.root) },
    sequenced: rebuilt.sequenced,
    damage: damage.slice(0, MAX_DAMAGE),
  };
}

async function expectedKey(files: Files, crypto: VerifierCrypto, vkey: string | undefined): Promise<VerifierKey> {
  const owner = await readFormat(files, crypto.sha256);
  if (!owner) throw new LedgerError('LOG_FORMAT', 'there is no log here');
  if (vkey === undefined) return owner;
  const known = parseVerifierKey(vkey, crypto.sha256);
  if (formatVerifierKey(known) !== formatVerifierKey(owner)) throw new LedgerError('LOG_KEY_DIFFERS', owner.name);
  return known;
}

/** A missing file is no damage by itself: before the first checkpoint there is none. */
async function readCheckpoint(
  files: Files,
  path: string,
  key: VerifierKey,
  crypto: VerifierCrypto,
): Promise<Checkpoint | undefined> {
  const bytes = await files.read(path);
  return bytes && openCheckpoint(new TextDecoder().decode(bytes), key, crypto);
}

/** The checkpoint may be older than the head (a crash between the two), never newer, and must be of the same tree. */
async function comparePublished(
  files: Files,
  crypto: VerifierCrypto,
  published: Checkpoint,
  head: Checkpoint | undefined,
): Promise<void> {
  if (!head || published.size > head.size)
    throw new LedgerError('LOG_ROLLED_BACK', `it covers ${published.size} entries`);
  const range = await new TileReader(files, crypto.sha256, () => head.size).range(published.size);
  if (!equalBytes(range.root(), published.root))
    throw new LedgerError('LOG_DAMAGED', 'its root is not that of the entries');
}

/** The tree as the segments tell it, compared with the stored tiles while it grows. */
class Rebuilt {
  readonly #files: Files;
  readonly #crypto: VerifierCrypto;
  readonly #tree: GrowingTree;
  readonly #signedSize: number;
  readonly #damage: Damage[] = [];
  /** Index of the first entry that is not the one in the tiles. */
  #firstForeign: number | undefined;
  #compared = 0;
  sequenced = 0;

  constructor(files: Files, crypto: VerifierCrypto, signedSize: number) {
    this.#files = files;
    this.#crypto = crypto;
    this.#tree = new GrowingTree(crypto.sha256, { range: new CompactRange(crypto.sha256), entries: [], hashes: [] });
    this.#signedSize = signedSize;
  }

  /** Reads all segments; throws LOG_DAMAGED or LOG_ROLLED_BACK if they do not hold what the head covers. */
  async run(): Promise<void> {
    let last: SegmentContent | undefined;
    for await (last of readSegments(this.#files)) {
      for (const { entry } of last.entries) await this.#add(entry);
      this.sequenced = last.start + last.entries.length;
    }
    if (this.sequenced < this.#signedSize) {
      if (last && last.tornBytes > 0) throw damagedFrame(last.path, last.goodBytes, this.sequenced);
      throw new LedgerError(
        'LOG_ROLLED_BACK',
        `the head covers ${this.#signedSize} entries, the segments hold ${this.sequenced}`,
      );
    }
    await this.#compare(this.#tree.tilesSince(this.#compared));
  }

  /** Says who is wrong where entries, tiles and head differ: the two that agree are right. */
  async compareWith(head: Checkpoint | undefined): Promise<Damage[]> {
    if (!head || equalBytes(this.#tree.root(), head.root)) return this.#damage;
    const foreign = this.#firstForeign;
    if (foreign === undefined)
      return [{ kind: 'head', place: `${HEAD_FILE}: its root is not that of the entries` }, ...this.#damage];
    return (await this.#tilesGive(head))
      ? [{ kind: 'segment', place: `segment: entry ${foreign} is not the one that was signed` }]
      : [{ kind: 'head', place: `${HEAD_FILE}: neither entries nor tiles give its root` }, ...this.#damage];
  }

  async #add(entry: Uint8Array): Promise<void> {
    if (this.#tree.size === this.#signedSize) return;
    this.#tree.append(entry);
    if (this.#tree.size % COMPARE_EVERY !== 0) return;
    await this.#compare(this.#tree.tilesSince(this.#compared).filter(({ width }) => width === TILE_WIDTH));
    this.#compared = this.#tree.size;
    this.#tree.forget(this.#compared);
  }

  async #compare(tiles: readonly TileFile[]): Promise<void> {
    for (const tile of tiles) {
      const stored = await this.#files.read(tile.path);
      if (!stored || !equalBytes(stored, tile.bytes)) this.#report(tile, stored);
      for (const width of await this.#files.list(`${tile.path.replace(/\.p\/\d+$/, '')}.p`))
        await this.#comparePartial(tile, Number(width));
    }
  }

  /** Left-over narrower tiles are still served: they must be the beginning of the wide one. */
  async #comparePartial(tile: TileFile, width: number): Promise<void> {
    if (!(width < tile.width)) return;
    const path = `${tile.path.replace(/\.p\/\d+$/, '')}.p/${width}`;
    const stored = await this.#files.read(path);
    const end = tile.level === 'entries' ? bundlePrefix(tile, width) : width * HASH_BYTES;
    if (!stored || !equalBytes(stored, tile.bytes.subarray(0, end))) this.#report({ ...tile, path }, undefined);
  }

  #report(tile: TileFile, stored: Uint8Array | undefined): void {
    const at = stored ? tile.bytes.findIndex((byte, i) => byte !== stored[i]) : -1;
    const where = stored === undefined ? 'missing or of another content' : `byte ${at < 0 ? tile.bytes.length : at}`;
    const kind = tile.level === 'entries' ? 'entries' : 'tile';
    this.#damage.push({ kind, place: `${tile.path}: ${where}` });
    if (tile.level === 0 && at >= 0) this.#firstForeign ??= tile.index * TILE_WIDTH + Math.floor(at / HASH_BYTES);
  }

  async #tilesGive(head: Checkpoint): Promise<boolean> {
    const reader = new TileReader(this.#files, this.#crypto.sha256, () => head.size);
    return equalBytes((await reader.range(head.size)).root(), head.root);
  }
}

/** How many bytes the first `width` entries of a bundle take. */
function bundlePrefix(tile: TileFile, width: number): number {
  return decodeBundle(tile.bytes, tile.width)
    .slice(0, width)
    .reduce((sum, entry) => sum + 2 + entry.length, 0);
}
