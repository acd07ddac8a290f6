// SPDX-License-Identifier: Apache-2.0
/** The points of one series of a trend while they are gathered: of each column of the picture the least, the greatest and one absence. */
import { formatDecimal } from '../../devices/index.ts';
import type { RecordReading } from '../../ledger/index.ts';
import type { TrendSeries } from './trend.ts';

/** What the readings of a batch's series have in common. */
export interface Kind {
  readonly common: RecordReading;
  readonly sealed: 0 | 1;
  readonly index: number;
  /** 10^exponent; NaN for readings without a value. */
  readonly scale: number;
}

const LEAST = 0;
const GREATEST = 1;
const ABSENT = 2;
const SLOTS = 3;
const EMPTY = -1;

/** Typed arrays with three places a column: as large for a week as for a day. */
export class TrendSlots {
  readonly #kinds = new Map<string, Kind>();
  readonly #kindOf: Int32Array;
  readonly #times: Float64Array;
  readonly #mantissas: Float64Array;
  readonly #sequences: Float64Array;
  readonly #numbers: Float64Array;
  readonly #corrected: boolean;
  /** A point was not kept. */
  isThinned = false;

  constructor(columns: number, corrected: boolean) {
    this.#corrected = corrected;
    this.#kindOf = new Int32Array(SLOTS * columns).fill(EMPTY);
    this.#times = new Float64Array(SLOTS * columns);
    this.#mantissas = new Float64Array(SLOTS * columns);
    this.#sequences = new Float64Array(SLOTS * columns);
    this.#numbers = new Float64Array(SLOTS * columns);
  }

  kindOf(common: RecordReading, sealed: 0 | 1): Kind {
    const { value, absent, flags, session } = common;
    const key = `${value?.exponent}/${absent}/${flags}/${session}/${sealed}`;
    const scale = value ? 10 ** value.exponent : Number.NaN;
    const kind = this.#kinds.get(key) ?? { common, sealed, index: this.#kinds.size, scale };
    this.#kinds.set(key, kind);
    return kind;
  }

  /** The extremes stay, and the first absence, so that no peak and no hole is lost. */
  put(kind: Kind, column: number, timeMs: number, mantissa: number, sequence: number): void {
    const first = SLOTS * column;
    if (Number.isNaN(kind.scale)) {
      if (this.#kindOf[first + ABSENT] === EMPTY) this.#set(first + ABSENT, kind, timeMs, mantissa, sequence);
      else this.isThinned = true;
      return;
    }
    const number = mantissa * kind.scale;
    if (this.#kindOf[first] === EMPTY) {
      this.#set(first + LEAST, kind, timeMs, mantissa, sequence);
      this.#set(first + GREATEST, kind, timeMs, mantissa, sequence);
      return;
    }
    const least = this.#numbers[first + LEAST]!;
    const greatest = this.#numbers[first + GREATEST]!;
    // Equal extremes are one point. A third value takes the place of one of two, or is left out itself.
    if (least !== greatest || number === least) this.isThinned = true;
    if (number < least) this.#set(first + LEAST, kind, timeMs, mantissa, sequence);
    if (number > greatest) this.#set(first + GREATEST, kind, timeMs, mantissa, sequence);
  }

  /** The points in order of time; undefined if there are none. */
  build(): TrendSeries | undefined {
    const kinds = [...this.#kinds.values()];
    const slots: number[] = [];
    for (let slot = 0; slot < this.#kindOf.length; slot++) {
      const isSame = slot % SLOTS === GREATEST && this.#numbers[slot] === this.#numbers[slot - 1];
      if (this.#kindOf[slot] !== EMPTY && !isSame) slots.push(slot);
    }
    slots.sort((a, b) => this.#times[a]! - this.#times[b]! || this.#sequences[a]! - this.#sequences[b]!);
    const points = slots.map((slot) => ({ slot, ...kinds[this.#kindOf[slot]!]! }));
    const [first] = points;
    if (!first) return undefined;
    const { vital, device, unit } = first.common;
    return {
      vital,
      device,
      unit,
      times: points.map(({ slot }) => this.#times[slot]!),
      values: points.map(({ slot, common: { value } }) =>
        value ? formatDecimal({ mantissa: this.#mantissas[slot]!, exponent: value.exponent }) : null,
      ),
      absent: points.map(({ common: { value, absent } }) => (value ? null : (absent ?? 'unknown'))),
      flags: points.map(({ common }) => common.flags),
      ids: points.map(({ slot, common }) => `${common.session}/${this.#sequences[slot]}`),
      sealed: points.map(({ sealed }) => sealed),
      corrected: this.#corrected,
    };
  }

  #set(slot: number, kind: Kind, timeMs: number, mantissa: number, sequence: number): void {
    this.#kindOf[slot] = kind.index;
    this.#times[slot] = timeMs;
    this.#mantissas[slot] = mantissa;
    this.#sequences[slot] = sequence;
    this.#numbers[slot] = mantissa * kind.scale;
  }
}
