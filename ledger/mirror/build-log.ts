// SPDX-License-Identifier: Apache-2.0
/** Builds a log anew, in an empty folder, from entries that are proved to lie under a signed checkpoint: segments, tiles, bundles, head. */
import type { Files } from '../log/files.ts';
import { encodeFormat, FORMAT_FILE } from '../log/format.ts';
import { GrowingTree } from '../log/growing-tree.ts';
import type { VerifierKey } from '../log/note.ts';
import { commitTree, writeFullTiles } from '../log/publish.ts';
import { SegmentWriter } from '../log/segment-writer.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import type { Sha256 } from '../merkle/hash.ts';
import type { ShownCheckpoint } from './checkpoints.ts';
import { bundleEntries, type EntrySource, provedEntries } from './proved-entries.ts';
import { type Salvage, salvage } from './salvage.ts';
import { filesSource, type LogSource, tilesOf } from './source.ts';

/** A copy of the log, whole or in part; nothing of it is believed. */
export interface Copy {
  readonly source: LogSource;
  /** Entries under its own checkpoint, which says how wide its last tiles are. */
  readonly published: number;
  /** Its segments, if it has any. */
  readonly segments: Salvage | undefined;
}

export interface BuiltLog {
  readonly size: number;
  readonly firstBadEntry: number | undefined;
  readonly taken: Readonly<Record<string, number>>;
}

const SEGMENT_MAX_BYTES = 8 * 1024 * 1024;

export async function copyOfFolder(files: Files, name: string, published: number): Promise<Copy> {
  return { source: filesSource(files, name), published, segments: await salvage(files, name) };
}

/**
 * Writes the log of `goal` with what the copies have; the first is the damaged log itself. Entry i gets outbox number i + 1, as the gateway
 * gave it. Throws MIRROR_UNPROVED and MIRROR_UNREACHABLE.
 */
export async function buildLog(
  files: Files,
  key: VerifierKey,
  goal: ShownCheckpoint,
  copies: readonly Copy[],
  sha256: Sha256,
): Promise<BuiltLog> {
  const tree = new GrowingTree(sha256, { range: new CompactRange(sha256), entries: [], hashes: [] });
  const segments = new SegmentWriter(files, undefined, SEGMENT_MAX_BYTES);
  const damaged = copies[0]?.segments;
  const taken: Record<string, number> = {};
  let [written, firstBadEntry]: [number, number | undefined] = [0, undefined];
  await files.writeAtomic(FORMAT_FILE, encodeFormat(key));
  const proving = { target: goal, range: new CompactRange(sha256), sha256, ...readersOf(copies, goal, sha256) };
  for await (const { entries, source } of provedEntries(proving)) {
    const start = tree.size;
    await segments.append(
      entries.map((entry, i) => ({ outbox: start + i + 1, entry })),
      start,
    );
    for (const [i, entry] of entries.entries()) {
      tree.append(entry);
      const found = firstBadEntry === undefined ? await damaged?.entry(start + i) : entry;
      if (!found || Buffer.compare(found, entry) !== 0) firstBadEntry = start + i;
    }
    taken[source.name] = (taken[source.name] ?? 0) + entries.length;
    if (tree.size < goal.size) written = await writeFullTiles(files, tree, written);
  }
  await commitTree(files, goal.note, tree, { published: 0, written }, () => undefined);
  return { size: goal.size, firstBadEntry, taken };
}

/** All ways to come by entries, the nearest first, and by proofs. */
function readersOf(copies: readonly Copy[], goal: ShownCheckpoint, sha256: Sha256) {
  const salvaged = copies.flatMap(({ segments }) => (segments ? [segments] : []));
  const bundles = copies.map(({ source, published }) => {
    const size = Math.min(published, goal.size);
    return { size, source: bundleEntries(source.name, tilesOf(source, sha256, size, published)) };
  });
  const joined = bundles.flatMap((one) => salvaged.map((rest) => joinedAt(one.size, one.source, rest)));
  return {
    entries: [...salvaged, ...bundles.map(({ source }) => source), ...joined],
    tiles: copies.map(({ source, published }) => tilesOf(source, sha256, goal.size, published)),
  };
}

/** The first `size` entries from one, the rest from another: a mirror ends where the damaged log may still go on. */
function joinedAt(size: number, first: EntrySource, rest: EntrySource): EntrySource {
  return {
    name: `${first.name}, then ${rest.name}`,
    async entries(from, to) {
      const middle = Math.min(to, Math.max(from, size));
      const parts = [
        from < middle ? await first.entries(from, middle) : [],
        middle < to ? await rest.entries(middle, to) : [],
      ];
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    },
  };
}
