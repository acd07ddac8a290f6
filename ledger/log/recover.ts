// SPDX-License-Identifier: Apache-2.0
/**
 * Opening of a log (ledger format, "Start-up"): check the head, replay the segments beyond it with the same code that appends, cut a torn
 * tail, refuse everything else. Full tiles are not re-hashed: the right edge is enough to reach the signed root; `fsck` reads the rest.
 */

import { equalBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import { leafHash, type Sha256 } from '../merkle/hash.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Files } from './files.ts';
import { CHECKPOINT_FILE, encodeFormat, FORMAT_FILE, HEAD_FILE, readFormat } from './format.ts';
import { edgeStart, GrowingTree } from './growing-tree.ts';
import { formatVerifierKey, type VerifierKey } from './note.ts';
import type { Head } from './publish.ts';
import { damagedFrame, readSegments, type SegmentContent } from './segment-reader.ts';
import type { OpenSegment } from './segment-writer.ts';
import { rowLength, TILE_WIDTH } from './tile.ts';
import { TileReader } from './tile-reader.ts';

export interface Recovered {
  readonly head: Head;
  readonly tree: GrowingTree;
  /** -1 if the log is empty. */
  readonly highestOutbox: number;
  /** The segment that appends go to; undefined if there is none yet. */
  readonly segment: OpenSegment | undefined;
}

/** Opens what is on disk, or an empty log. Throws LOG_FORMAT, LOG_KEY_DIFFERS, LOG_DAMAGED or LOG_ROLLED_BACK. */
export async function recoverLog(files: Files, key: VerifierKey, crypto: VerifierCrypto): Promise<Recovered> {
  await claimFormat(files, key, crypto);
  const head = await readHead(files, key, crypto);
  const { kept, highestOutbox, segment } = await readTail(files, head);
  const signed = head.size - edgeStart('entries', head.size);
  const tree = await restoreTree(files, head, kept.slice(0, signed), crypto.sha256);
  for (const entry of kept.slice(signed)) tree.append(entry);
  await publishHeadAgain(files, head, key, crypto);
  return { head, tree, highestOutbox, segment };
}

async function claimFormat(files: Files, key: VerifierKey, crypto: VerifierCrypto): Promise<void> {
  const owner = await readFormat(files, crypto.sha256);
  if (!owner) await files.writeAtomic(FORMAT_FILE, encodeFormat(key));
  else if (formatVerifierKey(owner) !== formatVerifierKey(key)) throw new LedgerError('LOG_KEY_DIFFERS', owner.name);
  else await files.sync(FORMAT_FILE);
}

export type SignedHead = Head & { readonly root: Uint8Array };

async function readHead(files: Files, key: VerifierKey, crypto: VerifierCrypto): Promise<SignedHead> {
  const head = await readNote(files, HEAD_FILE, key, crypto);
  if (!head) return { size: 0, note: undefined, root: new CompactRange(crypto.sha256).root() };
  // The process may have been killed between rename and fsync; what it shows again must be durable first.
  await files.sync(HEAD_FILE);
  return head;
}

async function readNote(
  files: Files,
  path: string,
  key: VerifierKey,
  crypto: VerifierCrypto,
): Promise<SignedHead | undefined> {
  const bytes = await files.read(path);
  if (!bytes) return undefined;
  try {
    const note = new TextDecoder().decode(bytes);
    return { ...openCheckpoint(note, key, crypto), note };
  } catch (error) {
    throw new LedgerError('LOG_DAMAGED', path, { cause: error });
  }
}

interface Tail {
  /** Entries from the tile on that was not full at the head. */
  readonly kept: readonly Uint8Array[];
  readonly size: number;
  readonly highestOutbox: number;
  readonly segment: Recovered['segment'];
}

/** Reads every frame. A torn tail beyond the head was never acknowledged under one, and is cut; below it, it is damage. */
async function readTail(files: Files, head: Head): Promise<Tail> {
  const keepFrom = edgeStart('entries', head.size);
  const kept: Uint8Array[] = [];
  let highestOutbox = -1;
  let size = 0;
  let last: SegmentContent | undefined;
  for await (const segment of readSegments(files)) {
    // Copied, or a few bytes would hold the whole segment in memory.
    for (const { entry } of segment.entries.slice(Math.max(0, keepFrom - segment.start))) kept.push(entry.slice());
    highestOutbox = segment.entries.at(-1)?.outbox ?? highestOutbox;
    size = segment.start + segment.entries.length;
    last = segment;
  }
  if (last && last.tornBytes > 0 && size < head.size) throw damagedFrame(last.path, last.goodBytes, size);
  if (size < head.size)
    throw new LedgerError('LOG_ROLLED_BACK', `the head covers ${head.size} entries, the segments hold ${size}`);
  if (last && last.tornBytes > 0) await files.truncate(last.path, last.goodBytes);
  // Frames of a killed process may still wait for their fsync; they must not be signed before it.
  if (last) await files.sync(last.path);
  return { kept, size, highestOutbox, segment: last && { path: last.path, bytes: last.goodBytes } };
}

/** The tree at the head: its edge from the tiles, proved by the signed root, and by the entries of the last bundle. */
export async function restoreTree(
  files: Files,
  head: SignedHead,
  entries: readonly Uint8Array[],
  sha256: Sha256,
): Promise<GrowingTree> {
  const reader = new TileReader(files, sha256, () => head.size);
  const hashes: Uint8Array[][] = [];
  for (let level = 0; rowLength(level, head.size) > 0; level++) {
    const isFull = rowLength(level, head.size) % TILE_WIDTH === 0;
    hashes.push(isFull ? [] : await reader.tile(level, Math.floor(rowLength(level, head.size) / TILE_WIDTH)));
  }
  const range = await reader.range(head.size);
  if (!equalBytes(range.root(), head.root))
    throw new LedgerError('LOG_DAMAGED', 'the tiles do not give the root of the head');
  const foreign = entries.findIndex((entry, i) => !equalBytes(leafHash(sha256, entry), hashes[0]![i]!));
  if (foreign >= 0) {
    throw new LedgerError(
      'LOG_DAMAGED',
      `entry ${edgeStart('entries', head.size) + foreign} is not the one that was signed`,
    );
  }
  return new GrowingTree(sha256, { range, entries: [...entries], hashes });
}

/** The checkpoint is published after the head is durable: it may be older, never newer, never another tree. */
async function publishHeadAgain(
  files: Files,
  head: SignedHead,
  key: VerifierKey,
  crypto: VerifierCrypto,
): Promise<void> {
  const published = await readNote(files, CHECKPOINT_FILE, key, crypto);
  if (published && published.size > head.size) {
    throw new LedgerError('LOG_ROLLED_BACK', `the checkpoint covers ${published.size} entries, the head ${head.size}`);
  }
  if (published?.size === head.size && !equalBytes(published.root, head.root)) {
    throw new LedgerError('LOG_DAMAGED', `checkpoint and head are two trees of ${head.size} entries`);
  }
  if (head.note !== undefined && published?.size !== head.size) {
    await files.writeAtomic(CHECKPOINT_FILE, new TextEncoder().encode(head.note));
  }
}
