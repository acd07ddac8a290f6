// SPDX-License-Identifier: Apache-2.0
/** What every framer is: bytes in, in whatever chunks the line gives them; whole checked frames, or coded errors, out. */
import type { DeviceError } from '../errors.ts';
import type { Measurement, Result } from '../reading.ts';

export interface Framer {
  /** Takes the next bytes. What comes out does not depend on how the bytes were cut into chunks. Frames are copies. */
  push(chunk: Uint8Array): readonly Result<Uint8Array, DeviceError>[];
  counters(): FramerCounters;
}

export interface FramerCounters {
  /** Whole frames whose check was right. */
  readonly frames: number;
  /** Frames refused with a code. */
  readonly badFrames: number;
  /** Times the framer had to look for a new beginning. */
  readonly resyncs: number;
  /** Bytes that became part of no frame. */
  readonly droppedBytes: number;
}

/** A framer with the decoder behind it, for the bytes of one connection. */
export interface FrameDecoder {
  /** One result for each frame: what is to be delivered of it (perhaps nothing), or why it was refused. */
  push(chunk: Uint8Array): readonly Result<Measurement[], DeviceError>[];
  counters(): FramerCounters;
}
