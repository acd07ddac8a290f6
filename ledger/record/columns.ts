// SPDX-License-Identifier: Apache-2.0
/**
 * Leaf 0 and the readings of a batch as compressed columns (docs/formats.md, "Columns"). What repeats (vital, unit, codes, device,
 * session, boot, flags ...) is written once as a "series"; each reading is its series number and five small differences. The order of
 * the readings is kept, for it is the order of the leaves. Three parts are deflated each for itself, since each has a distribution of
 * its own, and a trend inflates only the two that it draws.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger } from '../codec/fields.ts';
import { readVarints, VarintWriter } from '../codec/varint.ts';
import { LedgerError } from '../errors.ts';
import { DICTIONARY } from './dictionary.ts';
import { decodeReading, MAX_RAW_BYTES, type RecordReading } from './reading-codec.ts';
import { isInRange } from './reading-form.ts';
import { commonOf, NUMBERS, type ReadingTable, readingAt } from './reading-table.ts';
import { SeriesList } from './series-list.ts';

/** More readings than this in one batch are refused when opening; the recorder closes far earlier. */
const MAX_BATCH_READINGS = 65_535;
const MAX_LEAF_ZERO_BYTES = 256 * 1024;
const MAX_COLUMNS_BYTES = 1 << 20;
const MAX_SERIES_BYTES = 1024;

/** The readings of a batch in typed arrays, as far as a trend needs them: no object a reading. */
export interface Columns {
  readonly leafZero: Uint8Array;
  readonly count: number;
  /** What readings have in common, in the order of first use. Their numbers are 0. */
  readonly series: readonly RecordReading[];
  /** Of reading i: which of `series`, and its own numbers. */
  readonly seriesOf: Float64Array;
  readonly mantissa: Float64Array;
  readonly correctedMs: Float64Array;
  readonly sequence: Float64Array;
  /** What only whole readings need, see `readingsOf`. */
  readonly rest: { readonly deviceLead: Float64Array; readonly latencies: Uint8Array; readonly raws: CborValue };
}

/** Packs CBOR [words, mantissas, latencies], each deflated; words = CBOR [leaf 0, count, [series ...], [column x 4], [[position, raw] ...]]. */
export function packColumns(leafZero: Uint8Array, readings: readonly RecordReading[]): Uint8Array {
  const column = () => new VarintWriter(readings.length);
  const [seriesOf, corrected, lead] = [column(), column(), column()];
  const [sequence, mantissa, latency] = [column(), column(), column()];
  const list = new SeriesList();
  const raws: CborValue[] = [];
  for (const [position, reading] of readings.entries()) {
    const { index, last } = list.of(reading);
    const { correctedMs, monotonicMs, deviceTimeMs = correctedMs } = reading;
    const above = monotonicMs - correctedMs - last.leastDelay;
    seriesOf.push(index);
    corrected.push(correctedMs - last.correctedMs);
    lead.push(deviceTimeMs - correctedMs - last.deviceLead);
    sequence.push(reading.sequence - last.sequence);
    mantissa.push((reading.value?.mantissa ?? 0) - last.mantissa);
    latency.push(above);
    last.correctedMs = correctedMs;
    last.deviceLead = deviceTimeMs - correctedMs;
    last.sequence = reading.sequence;
    last.mantissa = reading.value?.mantissa ?? 0;
    if (above < 0) last.leastDelay += above;
    if (reading.raw) raws.push([position, reading.raw]);
  }
  const columns = [seriesOf, corrected, lead, sequence].map((each) => each.finish());
  const words = encodeCbor([leafZero, readings.length, list.encoded, columns, raws]);
  return encodeCbor([
    deflateRawSync(words, { dictionary: DICTIONARY }),
    deflateRawSync(mantissa.finish()),
    deflateRawSync(latency.finish()),
  ]);
}

/** Opens what `packColumns` made, but for what only whole readings need; throws BATCH_MALFORMED. Bounded in memory whatever the input. */
export function openColumns(bytes: Uint8Array): Columns {
  const [words, mantissas, latencies] = asArray(decodeCbor(bytes), malformed, 3).map((part) =>
    asBytes(part, malformed, { maxLength: MAX_COLUMNS_BYTES }),
  );
  if (!words || !mantissas || !latencies) throw malformed('three parts are expected');
  const top = asArray(decodeCbor(inflated(words, DICTIONARY)), malformed, 5);
  const count = asInteger(top[1], malformed, 0, MAX_BATCH_READINGS);
  const series = asArray(top[2], malformed, MAX_BATCH_READINGS).map(seriesIn);
  const columns = asArray(top[3], malformed, 4).map((item) =>
    integers(asBytes(item, malformed, { maxLength: MAX_COLUMNS_BYTES }), count),
  );
  const [seriesOf, correctedMs, deviceLead, sequence] = columns;
  if (!seriesOf || !correctedMs || !deviceLead || !sequence) throw malformed('four columns are expected');
  const mantissa = integers(inflated(mantissas), count);
  sum(seriesOf, series.length, { correctedMs, deviceLead, sequence }, mantissa);
  return {
    leafZero: asBytes(top[0], malformed, { maxLength: MAX_LEAF_ZERO_BYTES }),
    count,
    series,
    seriesOf,
    mantissa,
    correctedMs,
    sequence,
    rest: { deviceLead, latencies, raws: top[4]! },
  };
}

/** The whole readings side by side; throws BATCH_MALFORMED. */
export function tableOf({ count, series, seriesOf, mantissa, correctedMs, sequence, rest }: Columns): ReadingTable {
  const delayMs = integers(inflated(rest.latencies), count);
  sumDelays(seriesOf, series.length, delayMs);
  const plus = (other: Float64Array) => correctedMs.map((ms, i) => ms + other[i]!);
  const numbers = { mantissa, deviceTimeMs: plus(rest.deviceLead), monotonicMs: plus(delayMs), correctedMs, sequence };
  for (const name of NUMBERS)
    if (!numbers[name].every((number) => isInRange(name, number))) throw malformed('a number out of range');
  return { count, series, seriesOf, numbers, raws: rawsByPosition(rest.raws) };
}

/** The same as objects. */
export function readingsOf(columns: Columns): RecordReading[] {
  const table = tableOf(columns);
  return Array.from({ length: table.count }, (_, i) => readingAt(table, i));
}

/** Turns differences into numbers, in place. A series begins at the numbers of the reading before it, its mantissa at 0. */
function sum(
  seriesOf: Float64Array,
  seriesCount: number,
  { correctedMs, deviceLead, sequence }: Record<'correctedMs' | 'deviceLead' | 'sequence', Float64Array>,
  mantissa: Float64Array,
): void {
  const lastOf = new Int32Array(seriesCount).fill(-1);
  for (let i = 0; i < seriesOf.length; i++) {
    const series = seriesOf[i]!;
    const last = lastOf[series];
    if (last === undefined) throw malformed('a reading of no series');
    lastOf[series] = i;
    if (last >= 0) mantissa[i]! += mantissa[last]!;
    const from = last >= 0 ? last : i - 1;
    if (from < 0) continue;
    correctedMs[i]! += correctedMs[from]!;
    deviceLead[i]! += deviceLead[from]!;
    sequence[i]! += sequence[from]!;
  }
}

/** Turns latencies, each above the least delay that its series has had, into monotonic minus corrected time, in place. */
function sumDelays(seriesOf: Float64Array, seriesCount: number, delayMs: Float64Array): void {
  const least = new Float64Array(seriesCount).fill(Number.NaN);
  let before = 0;
  for (let i = 0; i < seriesOf.length; i++) {
    const series = seriesOf[i]!;
    const from = Number.isNaN(least[series]!) ? before : least[series]!;
    delayMs[i]! += from;
    before = Math.min(from, delayMs[i]!);
    least[series] = before;
  }
}

function seriesIn(item: CborValue): RecordReading {
  // Whatever numbers a hostile one has of its own.
  return commonOf(decodeReading(asBytes(item, malformed, { maxLength: MAX_SERIES_BYTES }), malformed));
}

function integers(bytes: Uint8Array, count: number): Float64Array {
  const numbers = readVarints(bytes, count);
  if (!numbers) throw malformed('a column of another length');
  return numbers;
}

function rawsByPosition(value: CborValue): Map<number, Uint8Array> {
  const raws = new Map<number, Uint8Array>();
  for (const item of asArray(value, malformed, MAX_BATCH_READINGS)) {
    const pair = asArray(item, malformed, 2);
    raws.set(
      asInteger(pair[0], malformed, 0, MAX_BATCH_READINGS),
      asBytes(pair[1], malformed, { maxLength: MAX_RAW_BYTES }),
    );
  }
  return raws;
}

function inflated(bytes: Uint8Array, dictionary?: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_COLUMNS_BYTES, ...(dictionary && { dictionary }) });
  } catch (error) {
    throw new LedgerError('BATCH_MALFORMED', 'the columns do not inflate', { cause: error });
  }
}

function malformed(detail: string): LedgerError {
  return new LedgerError('BATCH_MALFORMED', detail);
}
