// SPDX-License-Identifier: Apache-2.0
/**
 * What one commit makes durable, as one block of bytes to be sealed: rows, and the progress and marks that moved with them. Rows of
 * one moment resemble each other, so that the block is compressed (docs/formats.md, "Journal").
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { GatewayError } from '../errors.ts';
import type { DeviceProgress } from '../intake/cadence.ts';
import type { SessionMark } from '../intake/sequence-marks.ts';
import { decodeMark, decodeProgress, encodeMark, encodeProgress } from './mark-codec.ts';
import { decodeRows, type JournalRow } from './rows.ts';

export interface GroupContent {
  /** As `encodeRows` made them. */
  readonly rows: Uint8Array;
  readonly marks: readonly SessionMark[];
  readonly progress: readonly DeviceProgress[];
}

export interface OpenedContent {
  readonly rows: JournalRow[];
  readonly marks: SessionMark[];
  readonly progress: DeviceProgress[];
}

/** Most of the gain at the least of the time: it stands between a reading and its acknowledgement. */
const DEFLATE_LEVEL = 1;
/** What deflate may add to a small group that it cannot compress; a larger one may come in two pieces. */
const DEFLATE_ROOM_BYTES = 64;
/** More than every device of a full group with as many holes as a mark may have. */
const MAX_CONTENT_BYTES = 128 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** deflate(parts), each part u32 length || bytes: rows, progress, then a mark each. Throws RangeError for what could not be read back. */
export function packGroup({ rows, marks, progress }: GroupContent): Uint8Array {
  const parts = [rows, encodeProgress(progress), ...marks.map(encodeMark)];
  const bytes = Buffer.concat(parts.flatMap((part) => [u32(part.length), part]));
  if (bytes.length > MAX_CONTENT_BYTES) throw new RangeError(`a group of ${bytes.length} bytes`);
  // One piece of the right size: the usual ones are of 16 KiB, and would outlive many small groups.
  return deflateRawSync(bytes, { level: DEFLATE_LEVEL, chunkSize: bytes.length + DEFLATE_ROOM_BYTES });
}

/** Throws JOURNAL_DAMAGED. */
export function unpackGroup(packed: Uint8Array): OpenedContent {
  const [rows, progress, ...marks] = partsOf(inflated(packed));
  if (!rows || !progress) throw damaged('a group without rows or progress');
  return { rows: decodeRows(rows), progress: decodeProgress(progress), marks: marks.map(decodeMark) };
}

function partsOf(bytes: Buffer): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + LENGTH_BYTES > bytes.length) throw damaged('a group that breaks off');
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
    if (end > bytes.length) throw damaged('a group that breaks off');
    parts.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return parts;
}

function inflated(packed: Uint8Array): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: MAX_CONTENT_BYTES });
  } catch (cause) {
    throw new GatewayError('JOURNAL_DAMAGED', 'a group that does not inflate', { cause });
  }
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32BE(value);
  return bytes;
}

function damaged(detail: string): GatewayError {
  return new GatewayError('JOURNAL_DAMAGED', detail);
}
