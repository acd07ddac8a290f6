// SPDX-License-Identifier: Apache-2.0
/**
 * Segment files: the log's entries in the order of arrival, each in a frame
 * `length u32 | crc32c u32 | outbox number u64 | entry`, all big endian; the checksum covers length, outbox number and entry.
 * A file begins with 8 magic bytes and is named by the index of its first entry. Pure functions on bytes.
 */
import { equalBytes } from '../codec/bytes.ts';
import { crc32c } from './crc32c.ts';
import { MAX_ENTRY_BYTES } from './tile.ts';

export interface LogEntry {
  /** Number of the caller's outbox row, rising; it keeps a crash between append and cursor from appending twice. */
  readonly outbox: number;
  readonly entry: Uint8Array;
}

/** `LLSEG`, and the format version. */
export const SEGMENT_MAGIC = Uint8Array.of(0x4c, 0x4c, 0x53, 0x45, 0x47, 0, 0, 1);
const FRAME_OVERHEAD_BYTES = 16;
const FILE_NAME = /^[0-9]{16}$/;

export function segmentPath(firstIndex: number): string {
  return `segment/${String(firstIndex).padStart(16, '0')}`;
}

/** The index of a segment's first entry, or undefined if the file is none (a temporary file of a crash). */
export function segmentStart(fileName: string): number | undefined {
  return FILE_NAME.test(fileName) ? Number(fileName) : undefined;
}

/** Their frames, one after the other. */
export function encodeFrames(entries: readonly LogEntry[]): Uint8Array {
  const length = entries.reduce((sum, { entry }) => sum + FRAME_OVERHEAD_BYTES + entry.length, 0);
  const frames = new Uint8Array(length);
  const view = new DataView(frames.buffer);
  let at = 0;
  for (const { outbox, entry } of entries) {
    const end = at + FRAME_OVERHEAD_BYTES + entry.length;
    view.setUint32(at, entry.length);
    // Two halves, for a bigint is an object for each frame.
    view.setUint32(at + 8, Math.floor(outbox / 2 ** 32));
    view.setUint32(at + 12, outbox % 2 ** 32);
    frames.set(entry, at + FRAME_OVERHEAD_BYTES);
    view.setUint32(at + 4, checksum(frames, at, end));
    at = end;
  }
  return frames;
}

export interface SegmentScan {
  readonly entries: readonly LogEntry[];
  /** Where the last good frame ends; less than the file's length if the rest is torn or damaged. */
  readonly goodBytes: number;
}

/** Reads frames until the end or the first that is not whole. The caller knows whether that may be a torn tail. */
export function scanSegment(bytes: Uint8Array): SegmentScan {
  const entries: LogEntry[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!equalBytes(bytes.subarray(0, SEGMENT_MAGIC.length), SEGMENT_MAGIC)) return { entries, goodBytes: 0 };
  let at = SEGMENT_MAGIC.length;
  while (at + FRAME_OVERHEAD_BYTES <= bytes.length) {
    const length = view.getUint32(at);
    const end = at + FRAME_OVERHEAD_BYTES + length;
    if (length > MAX_ENTRY_BYTES || end > bytes.length) break;
    // What is no safe integer stays none.
    const outbox = view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12);
    if (view.getUint32(at + 4) !== checksum(bytes, at, end) || !Number.isSafeInteger(outbox)) break;
    entries.push({ outbox, entry: bytes.subarray(at + FRAME_OVERHEAD_BYTES, end) });
    at = end;
  }
  return { entries, goodBytes: at };
}

/** Of the frame that stands in `bytes` from `at` to `end`. */
function checksum(bytes: Uint8Array, at: number, end: number): number {
  return crc32c(bytes, at + 8, end, crc32c(bytes, at, at + 4));
}
