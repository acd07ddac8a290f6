// SPDX-License-Identifier: Apache-2.0
/** A trend: the readings of a stay in a range, a series for each vital and device, thinned to what a screen can show. Pure. */
import { formatDecimal } from '../../devices/index.ts';
import type { Gap, RecordReading } from '../../ledger/index.ts';

export interface TrendRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Points by position: all lists are equally long, in order of time. */
export interface TrendSeries {
  readonly vital: string;
  readonly device: string;
  /** UCUM, the device's own. */
  readonly unit: string;
  /** Corrected time in ms since 1970. */
  readonly times: number[];
  /** Exactly as the device gave it; null where it gave none. */
  readonly values: (string | null)[];
  /** Why there is none; null where there is a value. */
  readonly absent: (string | null)[];
  /** Bits of FLAG in devices/reading.ts. */
  readonly flags: number[];
  /** "session/sequence": with the device, the identity of the reading. */
  readonly ids: string[];
  /** 0: journalled, not in a sealed batch yet. */
  readonly sealed: (0 | 1)[];
}

export interface TrendGap extends TrendRange {
  readonly device: string;
  readonly evidence: Gap['evidence'];
}

export interface Trend extends TrendRange {
  /** Readings were left out; the extremes of every column are there. */
  readonly thinned: boolean;
  readonly series: readonly TrendSeries[];
  readonly gaps: readonly TrendGap[];
}

interface Point {
  readonly reading: RecordReading;
  readonly sealed: 0 | 1;
}
interface Column {
  min?: Point;
  max?: Point;
  absent?: Point;
}

/** Up to an hour every second has a column of its own, so that 1 Hz is not thinned; beyond that a wide screen is the measure. */
const HOUR_MS = 3_600_000;
const COLUMNS_HOUR = 3600;
const COLUMNS = 1000;
/** Device and vital pairs of one stay; more are left out, and `thinned` says so. */
const SERIES_MAX = 64;
const GAPS_MAX = 4096;

/** Takes readings and gaps in any order. Holds at most three points a column, however many come. */
export class TrendBuilder {
  readonly #range: TrendRange;
  readonly #columns: number;
  readonly #series = new Map<string, Map<number, Column>>();
  readonly #gaps: TrendGap[] = [];
  #thinned = false;

  constructor(range: TrendRange) {
    this.#range = range;
    this.#columns = range.toMs - range.fromMs <= HOUR_MS ? COLUMNS_HOUR : COLUMNS;
  }

  take(reading: RecordReading, sealed: 0 | 1): void {
    const { fromMs, toMs } = this.#range;
    const { correctedMs } = reading;
    if (correctedMs < fromMs || correctedMs > toMs) return;
    const columns = this.#columnsOf(`${reading.vital}/${reading.device}/${reading.unit}`);
    if (!columns) return;
    const at = Math.min(this.#columns - 1, Math.floor(((correctedMs - fromMs) / (toMs - fromMs)) * this.#columns));
    const column = columns.get(at) ?? {};
    columns.set(at, column);
    this.#put(column, { reading, sealed });
  }

  takeGap({ device, evidence, fromMs, toMs }: Gap): void {
    if (toMs < this.#range.fromMs || fromMs > this.#range.toMs) return;
    if (this.#gaps.length < GAPS_MAX) this.#gaps.push({ device, evidence, fromMs, toMs });
    else this.#thinned = true;
  }

  build(): Trend {
    const series = [...this.#series.values()].map(seriesOf);
    series.sort((a, b) => (a.vital + a.device < b.vital + b.device ? -1 : 1));
    const gaps = this.#gaps.sort((a, b) => a.fromMs - b.fromMs);
    return { ...this.#range, thinned: this.#thinned, series, gaps };
  }

  #columnsOf(key: string): Map<number, Column> | undefined {
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= SERIES_MAX) {
      this.#thinned = true;
      return undefined;
    }
    const columns = new Map<number, Column>();
    this.#series.set(key, columns);
    return columns;
  }

  /** The extremes stay, and one absence, so that no peak and no hole is lost. */
  #put(column: Column, point: Point): void {
    if (point.reading.value === undefined) {
      if (column.absent) this.#thinned = true;
      column.absent ??= point;
      return;
    }
    const number = numberOf(point);
    const { min, max } = column;
    // A third value takes the place of one of two, or is left out itself.
    if (min && max && min !== max) this.#thinned = true;
    if (min && max && min === max && number === numberOf(min)) this.#thinned = true;
    if (!min || number < numberOf(min)) column.min = point;
    if (!max || number > numberOf(max)) column.max = point;
  }
}

function numberOf({ reading: { value } }: Point): number {
  return value ? value.mantissa * 10 ** value.exponent : Number.NaN;
}

function seriesOf(columns: ReadonlyMap<number, Column>): TrendSeries {
  const points = [...columns.values()].flatMap(({ min, max, absent }) => [...new Set([min, max, absent])]);
  const sorted = points.filter((point) => point !== undefined).sort(byTime);
  const { vital, device, unit } = sorted[0]!.reading;
  return {
    vital,
    device,
    unit,
    times: sorted.map(({ reading }) => reading.correctedMs),
    values: sorted.map(({ reading: { value } }) => (value ? formatDecimal(value) : null)),
    absent: sorted.map(({ reading: { value, absent } }) => (value ? null : (absent ?? 'unknown'))),
    flags: sorted.map(({ reading }) => reading.flags),
    ids: sorted.map(({ reading }) => `${reading.session}/${reading.sequence}`),
    sealed: sorted.map(({ sealed }) => sealed),
  };
}

function byTime(a: Point, b: Point): number {
  return a.reading.correctedMs - b.reading.correctedMs || a.reading.sequence - b.reading.sequence;
}
