// SPDX-License-Identifier: Apache-2.0
/** What can still be read of the segments of a damaged log: every whole frame, at the index where it should stand. Nothing of it is believed. */
import { concatBytes } from '../codec/bytes.ts';
import type { Files } from '../log/files.ts';
import { SEGMENT_MAGIC, scanSegment, segmentPath, segmentStart } from '../log/segment.ts';
import type { EntrySource } from './proved-entries.ts';

const FRAME_OVERHEAD_BYTES = 16;
/** Damaged frames that are passed over in one segment; what comes after more of them is given up. */
const MAX_HOLES = 64;

export interface Salvage extends EntrySource {
  /** Index after the last frame that can be read. */
  readonly size: number;
  entry(index: number): Promise<Uint8Array | undefined>;
}

type Frames = readonly (Uint8Array | undefined)[];

export async function salvage(files: Pick<Files, 'read' | 'list'>, name: string): Promise<Salvage> {
  const starts = (await files.list('segment')).map(segmentStart).filter((start) => start !== undefined);
  let cached: { readonly start: number; readonly frames: Frames } | undefined;

  /** The frames of the segment that holds this entry, or should. */
  async function segmentOf(index: number): Promise<{ start: number; frames: Frames } | undefined> {
    const start = starts.findLast((first) => first <= index);
    if (start === undefined) return undefined;
    if (cached?.start !== start)
      cached = { start, frames: framesOf((await files.read(segmentPath(start))) ?? new Uint8Array()) };
    return cached;
  }

  async function entry(index: number): Promise<Uint8Array | undefined> {
    const segment = await segmentOf(index);
    return segment?.frames[index - segment.start];
  }

  const last = await segmentOf(Number.POSITIVE_INFINITY);
  return {
    name,
    size: last ? last.start + last.frames.findLastIndex((frame) => frame !== undefined) + 1 : 0,
    entry,
    async entries(from, to) {
      const found: Uint8Array[] = [];
      for (let index = from; index < to; index++) {
        const one = await entry(index);
        if (!one) return undefined;
        found.push(one);
      }
      return found;
    },
  };
}

/** Entries in their order; undefined for a frame whose length can be believed, and nothing else of it. */
function framesOf(segment: Uint8Array): Frames {
  const frames: (Uint8Array | undefined)[] = [];
  let rest = segment.subarray(SEGMENT_MAGIC.length);
  for (let holes = 0; holes <= MAX_HOLES; holes++) {
    const { entries, goodBytes } = scanSegment(concatBytes(SEGMENT_MAGIC, rest));
    frames.push(...entries.map(({ entry }) => entry));
    rest = rest.subarray(goodBytes - SEGMENT_MAGIC.length);
    if (rest.length < FRAME_OVERHEAD_BYTES) break;
    const next = FRAME_OVERHEAD_BYTES + new DataView(rest.buffer, rest.byteOffset).getUint32(0);
    if (next > rest.length) break;
    frames.push(undefined);
    rest = rest.subarray(next);
  }
  return frames;
}
