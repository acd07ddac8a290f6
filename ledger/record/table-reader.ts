// SPDX-License-Identifier: Apache-2.0
/** Canonical readings into a table, or one by one: each by the form of a reading before it, and by the plain codec where no form fits. Runs in a browser too. */
import { decodeReading, type RecordReading } from './reading-codec.ts';
import { type ReadingForm, readingForm } from './reading-form.ts';
import { commonOf, NUMBERS, type NumberColumns, type ReadingTable, readingAt } from './reading-table.ts';

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
export function readTable({ count, bytes, from, to }: PackedReadings): ReadingTable {
  const reader = new FormReader(count);
  const seriesOf = Int32Array.from({ length: count }, (_, i) => reader.read(i, bytes, from[i]!, to[i]!));
  return { count, series: reader.series, seriesOf, numbers: reader.numbers, raws: reader.raws };
}

/** `decodeReading` for the readings of one batch, one after the other: it remembers every series that it has seen. */
export class ReadingDecoder {
  readonly #reader = new FormReader(1);

  /** Throws as `decodeReading` does. */
  decode(bytes: Uint8Array): RecordReading {
    const { series, numbers, raws } = this.#reader;
    raws.clear();
    const seriesOf = [this.#reader.read(0, bytes, 0, bytes.length)];
    return readingAt({ count: 1, series, seriesOf, numbers, raws }, 0);
  }
}

class FormReader {
  readonly numbers: NumberColumns;
  readonly raws = new Map<number, Uint8Array>();
  readonly series: RecordReading[] = [];
  readonly #forms: ReadingForm[] = [];
  readonly #byContent = new Map<string, number>();
  /** Which series came after this one the last time: devices take turns. */
  readonly #next: number[] = [];
  #last = 0;

  constructor(count: number) {
    const column = () => new Float64Array(count);
    this.numbers = {
      mantissa: column(),
      deviceTimeMs: column(),
      monotonicMs: column(),
      correctedMs: column(),
      sequence: column(),
    };
  }

  /** Takes in [from, to) as reading `i`; gives its series. */
  read(i: number, bytes: Uint8Array, from: number, to: number): number {
    const fits = (series: number) => this.#forms[series]!.read(bytes, from, to, this.numbers, i);
    const guess = this.#next[this.#last];
    const isGuessed = guess !== undefined && fits(guess);
    const found = isGuessed ? guess : (this.#search(fits) ?? this.#inFull(i, bytes.subarray(from, to)));
    this.#next[this.#last] = found;
    this.#last = found;
    return found;
  }

  #search(fits: (series: number) => boolean): number | undefined {
    const tried = Math.min(this.#forms.length, FORMS_TRIED_MAX);
    for (let series = 0; series < tried; series++) if (fits(series)) return series;
    return undefined;
  }

  #inFull(i: number, bytes: Uint8Array): number {
    const reading = decodeReading(bytes);
    const given = { ...reading, mantissa: reading.value?.mantissa };
    for (const name of NUMBERS) this.numbers[name][i] = given[name] ?? 0;
    if (reading.raw) this.raws.set(i, reading.raw);
    const common = commonOf(reading);
    const key = JSON.stringify(common);
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    this.#byContent.set(key, this.series.length);
    this.#forms.push(readingForm(common));
    return this.series.push(common) - 1;
  }
}
