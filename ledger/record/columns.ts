// SPDX-License-Identifier: Apache-2.0
/**
 * Readings of a batch as compressed columns. What repeats (vital, unit, codes, device, session, boot, flags ...) is written
 * once as a "series"; each reading is its series number and four small differences to the last reading of that series.
 * The order of the readings is kept, for it is the order of the leaves.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger } from '../codec/fields.ts';
import { readVarints, VarintWriter } from '../codec/varint.ts';
import { LedgerError } from '../errors.ts';
import { decodeReading, encodeReading, type RecordReading } from './reading-codec.ts';

/** More readings than this in one batch are refused when opening; the recorder closes far earlier. */
const MAX_BATCH_READINGS = 65_535;
const MAX_COLUMNS_BYTES = 1 << 20;

/** Columns in the order they stand in the array, after the list of series. */
const COLUMNS = ['series', 'mantissa', 'corrected', 'deviceTime', 'monotonic', 'sequence'] as const;

interface Series {
  readonly index: number;
  last: RecordReading;
}

/** Packs readings: CBOR [count, [series ...], column bytes x 6, [[position, raw] ...]], deflated. */
export function packColumns(readings: readonly RecordReading[]): Uint8Array {
  const columns = new Map(COLUMNS.map((name) => [name, new VarintWriter(readings.length)] as const));
  const seriesByKey = new Map<string, Series>();
  const series: CborValue[] = [];
  const raws: CborValue[] = [];
  for (const [position, reading] of readings.entries()) {
    const key = seriesKey(reading);
    let entry = seriesByKey.get(key);
    if (!entry) {
      entry = { index: series.length, last: origin(reading) };
      seriesByKey.set(key, entry);
      series.push(encodeReading(entry.last));
    }
    columns.get('series')!.push(entry.index);
    for (const [name, difference] of differences(reading, entry.last)) columns.get(name)!.push(difference);
    if (reading.raw) raws.push([position, reading.raw]);
    entry.last = reading;
  }
  const packed = encodeCbor([readings.length, series, COLUMNS.map((name) => columns.get(name)!.finish()), raws]);
  return deflateRawSync(packed, { level: 6 });
}

/** Unpacks what `packColumns` made; throws BATCH_MALFORMED on anything else. Bounded in memory whatever the input. */
export function unpackColumns(bytes: Uint8Array): RecordReading[] {
  const top = asArray(decodeCbor(inflated(bytes)), malformed, 4);
  const count = asInteger(top[0], malformed, 0, MAX_BATCH_READINGS);
  const last = asArray(top[1], malformed, MAX_BATCH_READINGS).map((item) =>
    decodeReading(asBytes(item, malformed, { maxLength: 1024 }), malformed),
  );
  const columnBytes = asArray(top[2], malformed, COLUMNS.length);
  const columns = COLUMNS.map((_, i) =>
    readVarints(asBytes(columnBytes[i], malformed, { maxLength: MAX_COLUMNS_BYTES }), count),
  );
  if (columns.some((column) => column === undefined)) throw malformed('a column of another length');
  const [series, mantissa, corrected, deviceTime, monotonic, sequence] = columns as number[][];
  const raws = rawsByPosition(top[3]);
  return Array.from({ length: count }, (_, i) => {
    const index = series![i]!;
    const before = last[index];
    if (!before) throw malformed('a reading of no series');
    const reading: RecordReading = {
      ...before,
      ...(before.value && {
        value: { mantissa: before.value.mantissa + mantissa![i]!, exponent: before.value.exponent },
      }),
      ...(before.deviceTimeMs !== undefined && { deviceTimeMs: before.deviceTimeMs + deviceTime![i]! }),
      correctedMs: before.correctedMs + corrected![i]!,
      monotonicMs: before.monotonicMs + monotonic![i]!,
      sequence: before.sequence + sequence![i]!,
    };
    last[index] = reading;
    const raw = raws.get(i);
    return raw ? { ...reading, raw } : reading;
  });
}

/** What a series has in common; two readings with one key differ in numbers only. */
function seriesKey(r: RecordReading): string {
  const exponent = r.value ? `v${r.value.exponent}` : `a${r.absent}`;
  return [
    r.vital,
    exponent,
    r.unit,
    r.mdc,
    r.device,
    r.session,
    r.boot,
    r.timeQuality,
    r.flags,
    r.deviceTimeMs === undefined,
  ].join('|');
}

/** The reading of a series from which its first difference is taken: all its numbers are 0. */
function origin(reading: RecordReading): RecordReading {
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

function differences(now: RecordReading, last: RecordReading): [Exclude<(typeof COLUMNS)[number], 'series'>, number][] {
  return [
    ['mantissa', (now.value?.mantissa ?? 0) - (last.value?.mantissa ?? 0)],
    ['corrected', now.correctedMs - last.correctedMs],
    ['deviceTime', (now.deviceTimeMs ?? 0) - (last.deviceTimeMs ?? 0)],
    ['monotonic', now.monotonicMs - last.monotonicMs],
    ['sequence', now.sequence - last.sequence],
  ];
}

function rawsByPosition(value: CborValue | undefined): Map<number, Uint8Array> {
  const raws = new Map<number, Uint8Array>();
  for (const item of asArray(value, malformed, MAX_BATCH_READINGS)) {
    const pair = asArray(item, malformed, 2);
    raws.set(
      asInteger(pair[0], malformed, 0, MAX_BATCH_READINGS),
      asBytes(pair[1], malformed, { maxLength: MAX_COLUMNS_BYTES }),
    );
  }
  return raws;
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_COLUMNS_BYTES });
  } catch (error) {
    throw new LedgerError('BATCH_MALFORMED', 'the columns do not inflate', { cause: error });
  }
}

function malformed(detail: string): LedgerError {
  return new LedgerError('BATCH_MALFORMED', detail);
}
