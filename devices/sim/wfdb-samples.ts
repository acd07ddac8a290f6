// SPDX-License-Identifier: Apache-2.0
/** The samples of a WFDB record (signal(5) of the WFDB Applications Guide): formats 16 and 212, interleaved frame by frame. */
import { DeviceError } from '../errors.ts';
import type { Result } from '../reading.ts';
import type { RecordHeader, SignalHeader } from './wfdb-header.ts';

/** The raw value that says "no sample" in each format. */
export const NO_SAMPLE = { 16: -32_768, 212: -2_048 } as const;

export interface Column {
  readonly name: string;
  /** Raw samples in the order of time, skew undone; what does not exist is NO_SAMPLE. */
  readonly samples: Int32Array;
  readonly samplesPerFrame: number;
  readonly header: SignalHeader;
}

/** Reads all columns; `files` holds the content of every data file by name. Errors: WFDB_HEADER, WFDB_DATA, WFDB_CHECKSUM. */
export function readSamples(
  header: RecordHeader,
  files: ReadonlyMap<string, Uint8Array>,
): Result<Column[], DeviceError> {
  const columns = new Map<SignalHeader, Column>();
  for (const [file, signals] of Map.groupBy(header.signals, (signal) => signal.file)) {
    const first = signals[0] as SignalHeader;
    // A file is one stream of samples: all its signals share format and start.
    const alike = signals.every((x) => x.format === first.format && x.offsetBytes === first.offsetBytes);
    if (!alike) return refuse('WFDB_HEADER', 'signals of a file differ in format');
    const perFrame = signals.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0);
    const stored = unpack(files.get(file), first, perFrame * header.frames);
    if (!stored) return refuse('WFDB_DATA', 'length');
    let at = 0;
    for (const signal of signals) {
      const column = pick(stored, header.frames, perFrame, at, signal.samplesPerFrame);
      if (!sumIsRight(column, signal)) return refuse('WFDB_CHECKSUM', signal.name);
      columns.set(signal, {
        name: signal.name,
        samples: undoSkew(column, signal),
        samplesPerFrame: signal.samplesPerFrame,
        header: signal,
      });
      at += signal.samplesPerFrame;
    }
  }
  return { ok: true, value: header.signals.map((signal) => columns.get(signal) as Column) };
}

/** `count` samples; undefined if the file is missing or has not exactly so many. */
function unpack(
  bytes: Uint8Array | undefined,
  { format, offsetBytes }: SignalHeader,
  count: number,
): Int32Array | undefined {
  const lengthBytes = format === 16 ? count * 2 : Math.ceil(count / 2) * 3;
  if (bytes?.length !== offsetBytes + lengthBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offsetBytes, lengthBytes);
  const sampleAt = format === 16 ? (i: number) => view.getInt16(2 * i, true) : (i: number) => sampleOf212(view, i);
  return Int32Array.from({ length: count }, (_, i) => sampleAt(i));
}

/** Two 12-bit two's-complement samples in three bytes; the middle byte has the high four bits of both. */
function sampleOf212(view: DataView, index: number): number {
  const at = 3 * (index >> 1);
  const middle = view.getUint8(at + 1);
  const bits =
    index % 2 === 0 ? ((middle & 0x0f) << 8) | view.getUint8(at) : ((middle & 0xf0) << 4) | view.getUint8(at + 2);
  return (bits << 20) >> 20;
}

function pick(stored: Int32Array, frames: number, perFrame: number, at: number, count: number): Int32Array {
  return Int32Array.from({ length: frames * count }, (_, i) => {
    return stored[Math.floor(i / count) * perFrame + at + (i % count)] as number;
  });
}

function sumIsRight(column: Int32Array, { checksum }: SignalHeader): boolean {
  const sum = column.reduce((total, sample) => (total + sample) & 0xffff, 0);
  return (sum << 16) >> 16 === checksum;
}

/** The column starts `skewFrames` later in the file than its record; what is missing at the end has no sample. */
function undoSkew(column: Int32Array, { skewFrames, samplesPerFrame, format }: SignalHeader): Int32Array {
  if (skewFrames === 0) return column;
  const shifted = new Int32Array(column.length).fill(NO_SAMPLE[format]);
  shifted.set(column.subarray(skewFrames * samplesPerFrame));
  return shifted;
}

function refuse(
  code: 'WFDB_HEADER' | 'WFDB_DATA' | 'WFDB_CHECKSUM',
  detail: string,
): { ok: false; error: DeviceError } {
  return { ok: false, error: new DeviceError(code, detail) };
}
