// SPDX-License-Identifier: Apache-2.0
/** Walks the segments of a log in order and says where the first damage is. Reads only. */
import { LedgerError } from '../errors.ts';
import type { Files } from './files.ts';
import { type LogEntry, scanSegment, segmentPath, segmentStart } from './segment.ts';

export interface SegmentContent {
  readonly path: string;
  /** Index of the first entry. */
  readonly start: number;
  readonly entries: readonly LogEntry[];
  readonly goodBytes: number;
  /** Bytes after the last good frame of the last segment: a torn tail if no head covers it, else damage. */
  readonly tornBytes: number;
}

/**
 * Each segment with its entries. LOG_DAMAGED, naming file, byte and entry, where a segment but the last is not whole, one is missing, or
 * outbox numbers do not rise.
 */
export async function* readSegments(files: Files): AsyncGenerator<SegmentContent> {
  const starts = (await files.list('segment')).map(segmentStart).filter((start) => start !== undefined);
  let next = 0;
  let outbox = -1;
  for (const [i, start] of starts.entries()) {
    const path = segmentPath(start);
    if (start !== next) throw new LedgerError('LOG_DAMAGED', `${path}: the segment with entry ${next} is missing`);
    const bytes = (await files.read(path))!;
    const { entries, goodBytes } = scanSegment(bytes);
    next += entries.length;
    const tornBytes = bytes.length - goodBytes;
    // A segment is left only when it is whole and durable, so only the last may be torn.
    const isLast = i === starts.length - 1;
    if (goodBytes === 0 || (tornBytes > 0 && !isLast)) throw damagedFrame(path, goodBytes, next);
    for (const entry of entries) {
      if (entry.outbox <= outbox)
        throw new LedgerError('LOG_DAMAGED', `${path}: outbox number ${entry.outbox} after ${outbox}`);
      outbox = entry.outbox;
    }
    yield { path, start, entries, goodBytes, tornBytes };
  }
}

export function damagedFrame(path: string, at: number, entry: number): LedgerError {
  return new LedgerError('LOG_DAMAGED', `${path}: frame at byte ${at}, entry ${entry}`);
}
