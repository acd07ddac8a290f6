// SPDX-License-Identifier: Apache-2.0
/** Readings side by side, with no object a reading: what some have in common stands once, as their series, and their own numbers in columns. */
import type { RecordReading } from './reading-codec.ts';

/** In the order in which they stand in the canonical bytes of a reading. */
export const NUMBERS = ['mantissa', 'deviceTimeMs', 'monotonicMs', 'correctedMs', 'sequence'] as const;
export type NumberName = (typeof NUMBERS)[number];

export type NumberColumns = Readonly<Record<NumberName, Float64Array>>;

export interface ReadingTable {
  readonly count: number;
  /** What readings have in common, see `commonOf`. */
  readonly series: readonly RecordReading[];
  /** Of reading i: which of `series`. */
  readonly seriesOf: ArrayLike<number>;
  /** Of reading i: its own. Means nothing where its series has no such number. */
  readonly numbers: NumberColumns;
  /** Bytes as received of the few readings that keep them, by position. */
  readonly raws: ReadonlyMap<number, Uint8Array>;
}

/** Reading `i` as an object. */
export function readingAt({ series, seriesOf, numbers, raws }: ReadingTable, i: number): RecordReading {
  const common = series[seriesOf[i]!]!;
  const raw = raws.get(i);
  return {
    ...common,
    ...(common.value && { value: { mantissa: numbers.mantissa[i]!, exponent: common.value.exponent } }),
    ...(common.deviceTimeMs !== undefined && { deviceTimeMs: numbers.deviceTimeMs[i]! }),
    correctedMs: numbers.correctedMs[i]!,
    monotonicMs: numbers.monotonicMs[i]!,
    sequence: numbers.sequence[i]!,
    ...(raw && { raw }),
  };
}

/** What a reading has in common with those of its series: all numbers are 0, and no bytes as received. */
export function commonOf(reading: RecordReading): RecordReading {
  const { raw: _raw, ...rest } = reading;
  return {
    ...rest,
    ...(reading.value && { value: { mantissa: 0, exponent: reading.value.exponent } }),
    ...(reading.deviceTimeMs !== undefined && { deviceTimeMs: 0 }),
    correctedMs: 0,
    monotonicMs: 0,
    sequence: 0,
  };
}
