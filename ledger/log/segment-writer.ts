// SPDX-License-Identifier: Apache-2.0
/** Step 1 of the write order: frames to the last segment, with one fdatasync for the whole group. */
import type { Files } from './files.ts';
import { encodeFrames, type LogEntry, SEGMENT_MAGIC, segmentPath } from './segment.ts';

/** The segment that appends go to, and how long it is. */
export interface OpenSegment {
  readonly path: string;
  readonly bytes: number;
}

export class SegmentWriter {
  readonly #files: Files;
  readonly #maxBytes: number;
  #open: OpenSegment | undefined;

  constructor(files: Files, open: OpenSegment | undefined, maxBytes: number) {
    this.#files = files;
    this.#open = open;
    this.#maxBytes = maxBytes;
  }

  /** Writes the entries that follow the first `size`; when it resolves they are sequenced. Any error is fatal to the log. */
  async append(entries: readonly LogEntry[], size: number): Promise<void> {
    const frames = encodeFrames(entries);
    const { path, bytes } = await this.#segmentFor(frames.length, size);
    await this.#files.append(path, frames);
    // Sequenced: from here on the entries survive a power cut, and a restart replays them.
    this.#open = { path, bytes: bytes + frames.length };
  }

  /** A segment is left only here, when all of it is durable: a torn tail can only be in the last one. */
  async #segmentFor(bytes: number, size: number): Promise<OpenSegment> {
    const open = this.#open;
    if (open && (open.bytes + bytes <= this.#maxBytes || open.path === segmentPath(size))) return open;
    await this.#files.writeAtomic(segmentPath(size), SEGMENT_MAGIC);
    return { path: segmentPath(size), bytes: SEGMENT_MAGIC.length };
  }
}
