// SPDX-License-Identifier: Apache-2.0
/** Canonical readings into a table: each by the form of a reading before it, and by the plain codec where no form fits. Runs in a browser too. */
import { bytesToHex } from '../codec/hex.ts';
import { decodeReading, encodeReading, type RecordReading } from './reading-codec.ts';
import { type ReadingForm, readingForm } from './reading-form.ts';
import { commonOf, NUMBERS, type NumberColumns, type ReadingTable } from './reading-table.ts';

/** Readings one behind the other in `bytes`: reading i is [from[i], to[i]). */
export interface PackedReadings {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Forms that are tried before a reading is decoded in full. */
const FORMS_TRIED_MAX = 16;

/** Throws READING_MALFORMED or CBOR_NOT_CANONICAL, as `decodeReading` does. */
export function readTable(packed: PackedReadings): ReadingTable {
  const reader = new TableReader(packed);
  const seriesOf = Int32Array.from({ length: packed.count }, (_, i) => reader.read(i));
  return { count: packed.count, series: reader.series, seriesOf, numbers: reader.numbers, raws: reader.raws };
}

class TableReader {
  readonly #packed: PackedReadings;
  readonly numbers: NumberColumns;
  readonly raws = new Map<number, Uint8Array>();
  readonly series: RecordReading[] = [];
  readonly #forms: ReadingForm[] = [];
  readonly #byContent = new Map<string, number>();
  /** Which series came after this one the last time: devices take turns. */
  readonly #next: number[] = [];
  #last = 0;

  constructor(packed: PackedReadings) {
    this.#packed = packed;
    const column = () => new Float64Array(packed.count);
    this.numbers = {
      mantissa: column(),
      deviceTimeMs: column(),
      monotonicMs: column(),
      correctedMs: column(),
      sequence: column(),
    };
  }

  /** Takes in reading `i`; gives its series. */
  read(i: number): number {
    const guess = this.#next[this.#last];
    const found = guess !== undefined && this.#fits(guess, i) ? guess : (this.#search(i) ?? this.#inFull(i));
    this.#next[this.#last] = found;
    this.#last = found;
    return found;
  }

  #fits(series: number, i: number): boolean {
    const { bytes, from, to } = this.#packed;
    return this.#forms[series]!.read(bytes, from[i]!, to[i]!, this.numbers, i);
  }

  #search(i: number): number | undefined {
    const tried = Math.min(this.#forms.length, FORMS_TRIED_MAX);
    for (let series = 0; series < tried; series++) if (this.#fits(series, i)) return series;
    return undefined;
  }

  #inFull(i: number): number {
    const { bytes, from, to } = this.#packed;
    const reading = decodeReading(bytes.subarray(from[i]!, to[i]!));
    const given = { ...reading, mantissa: reading.value?.mantissa };
    for (const name of NUMBERS) this.numbers[name][i] = given[name] ?? 0;
    if (reading.raw) this.raws.set(i, reading.raw);
    const common = commonOf(reading);
    const key = bytesToHex(encodeReading(common));
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    this.#byContent.set(key, this.series.length);
    this.#forms.push(readingForm(common));
    return this.series.push(common) - 1;
  }
}
