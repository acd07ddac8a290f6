// SPDX-License-Identifier: Apache-2.0
/**
 * A batch that is still open: rows of one stream since the last one was sealed. In memory only; the journal has every row. Readings are
 * kept as their canonical bytes, a tenth of what they take as objects: a ward has tens of thousands in open batches.
 */
import { type EncodedReading, type Gap, ReadingDecoder } from '../../ledger/index.ts';
import { ByteList } from './byte-list.ts';

export interface BatchLimits {
  /** Ward milliseconds. */
  readonly batchMaxMs: number;
  readonly batchMaxReadings: number;
  /** Bound of the sealed plaintext. */
  readonly batchMaxBytes: number;
}

/** Generous bounds of what one reading and one new series add to the compressed plaintext. */
const BYTES_PER_READING = 24;
const BYTES_PER_SERIES = 160;
const BYTES_PER_GAP = 80;
/** A batch holds at most this many gaps; one that is reached closes it. */
const MAX_GAPS = 1024;
/** Leaf 0 of more devices cannot be read back (ledger/record/leaf-zero.ts). */
const MAX_DEVICES = 256;

export class OpenBatch {
  readonly stay: string;
  /** Rows of one boot only, for leaf 0 names one. */
  readonly boot: string;
  readonly openedMs: number;
  /** Canonical bytes of the readings, oldest first. */
  readonly readings = new ByteList();
  readonly gaps: Gap[] = [];
  /** Handles of the devices that readings and gaps are of. */
  readonly devices = new Set<string>();
  /** Insertion sequences of the first and last row. */
  readonly first: number;
  last: number;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  readonly #series = new Set<string>();

  constructor(stay: string, boot: string, openedMs: number, first: number) {
    this.stay = stay;
    this.boot = boot;
    this.openedMs = openedMs;
    this.first = first;
    this.last = first;
  }

  addReading(sequence: number, encoded: EncodedReading): void {
    const { device, vital, session } = encoded.reading;
    const series = `${device}/${vital}/${session}`;
    this.#bytes +=
      BYTES_PER_READING + (encoded.reading.raw?.length ?? 0) + (this.#series.has(series) ? 0 : BYTES_PER_SERIES);
    this.#series.add(series);
    this.readings.push(encoded.bytes);
    this.#cover(device, encoded.reading.correctedMs, encoded.reading.correctedMs);
    this.last = sequence;
  }

  addGap(sequence: number, gap: Gap): void {
    this.#bytes += BYTES_PER_GAP;
    this.gaps.push(gap);
    this.#cover(gap.device, gap.fromMs, gap.toMs);
    this.last = sequence;
  }

  isFull(limits: BatchLimits): boolean {
    return (
      this.readings.length >= limits.batchMaxReadings ||
      this.#bytes >= limits.batchMaxBytes ||
      this.gaps.length >= MAX_GAPS ||
      this.devices.size >= MAX_DEVICES
    );
  }

  isDue(limits: BatchLimits, nowMs: number): boolean {
    return nowMs - this.openedMs >= limits.batchMaxMs;
  }

  /** The readings as objects, for as long as it takes to seal them. */
  encodedReadings(): EncodedReading[] {
    const decoder = new ReadingDecoder();
    return Array.from(this.readings, (bytes) => ({ reading: decoder.decode(bytes), bytes }));
  }

  /** First and last corrected time of what is inside. */
  window(): { fromMs: number; toMs: number } {
    return { fromMs: this.#fromMs, toMs: this.#toMs };
  }

  #cover(device: string, fromMs: number, toMs: number): void {
    this.devices.add(device);
    this.#fromMs = Math.min(this.#fromMs, fromMs);
    this.#toMs = Math.max(this.#toMs, toMs);
  }
}
