// SPDX-License-Identifier: Apache-2.0
/** Where a published log is read from (C2SP tlog-tiles): an address, or a folder. Nothing of what it gives is believed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Files, NodeFiles } from '../log/files.ts';
import { CHECKPOINT_FILE } from '../log/format.ts';
import { decodeBundle, MAX_ENTRY_BYTES, TILE_WIDTH, type TileLevel, tilePath, tileWidth } from '../log/tile.ts';
import { TileReader } from '../log/tile-reader.ts';
import { HASH_BYTES, type Sha256 } from '../merkle/hash.ts';
import { boundedFetch, type Http } from '../witness/bounded-fetch.ts';
import { MirrorError } from './errors.ts';

export interface LogSource {
  /** Address or folder, for people. */
  readonly name: string;
  /** A published file, or undefined if there is none. Throws MIRROR_UNREACHABLE. */
  read(path: string): Promise<Uint8Array | undefined>;
}

const READ_DEADLINE_MS = 10_000;
/** A bundle of the longest entries. */
const MAX_FILE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES);
const NOT_THERE = new Set([404, 410]);

/** The log that is served under this prefix. */
export function httpSource(url: string, http: Http, signal?: AbortSignal): LogSource {
  const prefix = url.replace(/\/+$/, '');
  const bounds = { maxBytes: MAX_FILE_BYTES, deadlineMs: READ_DEADLINE_MS, signal };
  return {
    name: url,
    async read(path) {
      const answer = await boundedFetch(http, { url: `${prefix}/${path}`, ...bounds });
      if (answer?.status === 200) return answer.bytes;
      if (answer && NOT_THERE.has(answer.status)) return undefined;
      throw new MirrorError('MIRROR_UNREACHABLE', `${url}: ${answer ? `status ${answer.status}` : 'no answer'}`);
    },
  };
}

/** The log in this folder, or in the folder `log` of this data directory. */
export function folderSource(folder: string): LogSource {
  const inside = join(folder, 'log');
  return filesSource(new NodeFiles(existsSync(join(inside, CHECKPOINT_FILE)) ? inside : folder), folder);
}

export function filesSource(files: Pick<Files, 'read'>, name: string): LogSource {
  return {
    name,
    async read(path) {
      try {
        return await files.read(path);
      } catch (cause) {
        throw new MirrorError('MIRROR_UNREACHABLE', name, { cause });
      }
    },
  };
}

/**
 * Nodes and entries of the first `size` entries of a log that may have more, `published` of them under its checkpoint: where the narrow
 * tile of that size is gone, or never was, a wider one begins with it.
 */
export function tilesOf(source: LogSource, sha256: Sha256, size: number, published: number): TileReader {
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const [, level = '', groups = '', width = ''] = PARTIAL_TILE.exec(path) ?? [];
    const exact = await source.read(path);
    if (exact || width === '') return exact;
    const tile = level === 'entries' ? level : Number(level);
    const index = Number(groups.replaceAll(/[x/]/g, ''));
    for (const wider of new Set([tileWidth(tile, index, published), TILE_WIDTH])) {
      const bytes = wider > Number(width) ? await source.read(tilePath(tile, index, wider)) : undefined;
      if (bytes) return beginning(tile, bytes, wider, Number(width));
    }
    return undefined;
  };
  return new TileReader({ read }, sha256, () => size);
}

const PARTIAL_TILE = /^tile\/(entries|\d+)\/((?:x\d{3}\/)*\d{3})\.p\/(\d+)$/;

/** What the narrower tile would hold. Throws LOG_DAMAGED if the wide one is none. */
function beginning(level: TileLevel, bytes: Uint8Array, width: number, narrow: number): Uint8Array {
  if (level !== 'entries') return bytes.subarray(0, narrow * HASH_BYTES);
  const kept = decodeBundle(bytes, width).slice(0, narrow);
  return bytes.subarray(
    0,
    kept.reduce((sum, entry) => sum + 2 + entry.length, 0),
  );
}
