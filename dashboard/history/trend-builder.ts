// SPDX-License-Identifier: Apache-2.0
/** Makes a trend of a stay's readings and gaps as they are opened. Pure. */
import type { Correction } from '../../gateway/messages.ts';
import type { Columns, Gap, RecordReading } from '../../ledger/index.ts';
import type { Trend, TrendGap, TrendRange, TrendSeries } from './trend.ts';
import { type Kind, TrendSlots } from './trend-slots.ts';

interface Target {
  readonly slots: TrendSlots;
  readonly kind: Kind;
}
/** Where the readings of one series of a batch go: those that a correction stands over to `marked`. */
interface Split {
  readonly plain: Target | undefined;
  readonly marked: Target | undefined;
  readonly corrections: readonly Correction[];
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
  readonly #corrections: readonly Correction[];
  /** Those that were not taken back. */
  readonly #standing: readonly Correction[];
  readonly #columns: number;
  readonly #series = new Map<string, TrendSlots>();
  readonly #gaps: TrendGap[] = [];
  #thinned = false;

  constructor(range: TrendRange, corrections: readonly Correction[] = []) {
    this.#range = range;
    this.#corrections = corrections;
    this.#standing = corrections.filter(({ withdrawn }) => withdrawn === null);
    this.#columns = range.toMs - range.fromMs <= HOUR_MS ? COLUMNS_HOUR : COLUMNS;
  }

  /** The readings of a sealed batch: no object is made for one, for a day has half a million. */
  takeColumns({ series, seriesOf, correctedMs, mantissa, sequence }: Omit<Columns, 'leafZero' | 'rest'>): void {
    const splits = series.map((common) => this.#split(common, 1));
    for (let i = 0; i < seriesOf.length; i++) {
      const column = this.#columnOf(correctedMs[i]!);
      const target = targetOf(splits[seriesOf[i]!], correctedMs[i]!);
      if (column >= 0 && target) target.slots.put(target.kind, column, correctedMs[i]!, mantissa[i]!, sequence[i]!);
    }
  }

  /** A reading that is in no sealed batch yet. */
  takeUnsealed(reading: RecordReading): void {
    const column = this.#columnOf(reading.correctedMs);
    const target = column < 0 ? undefined : targetOf(this.#split(reading, 0), reading.correctedMs);
    target?.slots.put(target.kind, column, reading.correctedMs, reading.value?.mantissa ?? 0, reading.sequence);
  }

  takeGap({ device, evidence, fromMs, toMs }: Gap): void {
    if (toMs < this.#range.fromMs || fromMs > this.#range.toMs) return;
    if (this.#gaps.length < GAPS_MAX) this.#gaps.push({ device, evidence, fromMs, toMs });
    else this.#thinned = true;
  }

  build(): Trend {
    const all = [...this.#series.values()];
    const series = all.map((slots) => slots.build()).filter((each) => each !== undefined);
    const order = ({ vital, device, corrected }: TrendSeries) => `${vital}/${device}/${corrected ? 1 : 0}`;
    series.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const gaps = this.#gaps.sort((a, b) => a.fromMs - b.fromMs);
    const thinned = this.#thinned || all.some(({ isThinned }) => isThinned);
    return { ...this.#range, thinned, series, gaps, corrections: this.#corrections };
  }

  /** -1 outside the range. */
  #columnOf(timeMs: number): number {
    const { fromMs, toMs } = this.#range;
    if (timeMs < fromMs || timeMs > toMs) return -1;
    return Math.min(this.#columns - 1, Math.floor(((timeMs - fromMs) / (toMs - fromMs)) * this.#columns));
  }

  #split(common: RecordReading, sealed: 0 | 1): Split {
    const corrections = this.#standing.filter(({ vital }) => vital === null || vital === common.vital);
    const marked = corrections.length === 0 ? undefined : this.#targetOf(common, sealed, true);
    return { plain: this.#targetOf(common, sealed, false), marked, corrections };
  }

  /** Where the readings of that series go, undefined if there are too many. */
  #targetOf(common: RecordReading, sealed: 0 | 1, corrected: boolean): Target | undefined {
    const key = `${common.vital}/${common.device}/${common.unit}/${corrected}`;
    let slots = this.#series.get(key);
    if (!slots) {
      if (this.#series.size >= SERIES_MAX) {
        this.#thinned = true;
        return undefined;
      }
      slots = new TrendSlots(this.#columns, corrected);
      this.#series.set(key, slots);
    }
    return { slots, kind: slots.kindOf(common, sealed) };
  }
}

function targetOf(split: Split | undefined, timeMs: number): Target | undefined {
  if (!split) return undefined;
  const { corrections } = split;
  for (let i = 0; i < corrections.length; i++)
    if (corrections[i]!.fromMs <= timeMs && timeMs <= corrections[i]!.toMs) return split.marked;
  return split.plain;
}
