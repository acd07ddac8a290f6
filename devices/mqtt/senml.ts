// SPDX-License-Identifier: Apache-2.0
/** The SenML profile of our wearables (RFC 8428, one deliberate deviation: UCUM units): JSON text to measurements, or one coded error. */
import { decimalToNumber, parseDecimal } from '../decimal.ts';
import { DeviceError } from '../errors.ts';
import { ABSENT_REASONS, type AbsentReason, type Decimal, FLAG, type Measurement, type Result } from '../reading.ts';
import { VITALS, type Vital } from '../vitals.ts';
import { type RecordText, sliceRecords } from './record-slices.ts';

export const SENML_LIMIT_BYTES = 8192;
const SENML_LIMIT_RECORDS = 64;

const BASE_NAME = /^([0-9a-f]{16}):$/;
const FIRST_RECORD_KEYS = new Set(['bn', 'bt', 'n', 'u', 'v', 'vs', 'seq_', 't']);
const OTHER_RECORD_KEYS = new Set(['n', 'u', 'v', 'vs', 'seq_', 't']);
/** The name and the unit of the record that is no vital (RFC 8428 12.1, "remaining battery energy level in percents"). */
const BATTERY = 'battery';
const BATTERY_UNIT = '%EL';
const BATTERY_KEYS = new Set(['n', 'u', 'v']);
/** RFC 8428 4.5.3: a time below 2^28 s counts from now. A resend would then shift its own reading, so the profile has absolute times only. */
const FIRST_ABSOLUTE_S = 2 ** 28;
/** 31 December 9999: what a date can show. */
const LAST_ABSOLUTE_S = 253_402_300_799;

/** A number's text as it stood in the message: no double in between. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type Fields = Readonly<Record<string, unknown>>;

export interface SenmlContent {
  /** At least one. */
  readonly measurements: Measurement[];
  /** How full the battery of the device is, 0 to 100, if the message says so. Of the device, never of a patient: no measurement. */
  readonly batteryPercent?: number;
}

/**
 * Decodes one message: at most 8 KiB of UTF-8 and 64 records, all of it or nothing. A 0 of a vital whose sensor says 0
 * for "no signal" becomes absent 'no-signal'; any other value that no sensor can have keeps its number and FLAG.sensorInvalid.
 * `raw` of a measurement is its own record as received, a view of `bytes`. Errors: SENML_*.
 */
export function decodeSenml(bytes: Uint8Array): Result<SenmlContent, DeviceError> {
  try {
    return { ok: true, value: readMessage(bytes) };
  } catch (error) {
    if (error instanceof DeviceError) return { ok: false, error };
    throw error;
  }
}

function readMessage(bytes: Uint8Array): SenmlContent {
  if (bytes.length > SENML_LIMIT_BYTES) throw new DeviceError('SENML_TOO_LARGE');
  // Before JSON.parse, so that nothing nested ever reaches it.
  const slices = sliceRecords(bytes);
  if (!slices) throw new DeviceError('SENML_SHAPE', 'not an array of flat records');
  if (slices.length > SENML_LIMIT_RECORDS) throw new DeviceError('SENML_TOO_LARGE');
  const records = parseRecords(bytes);
  if (records.length === 0 || records.length !== slices.length) throw new DeviceError('SENML_SHAPE', 'no records');
  const base = readBase(records[0] as Fields);
  const measurements: Measurement[] = [];
  let batteryPercent: number | undefined;
  records.forEach((record, index) => {
    const slice = slices[index] as RecordText;
    if (slice.members !== Object.keys(record).length) throw new DeviceError('SENML_SHAPE', 'a field stands twice');
    if (record['n'] === BATTERY && index > 0 && index === records.length - 1) {
      batteryPercent = readBattery(record);
      return;
    }
    const measurement = readRecord(record, index === 0 ? FIRST_RECORD_KEYS : OTHER_RECORD_KEYS, base, slice.raw);
    const previous = measurements.at(-1)?.sequence;
    if (previous !== undefined && measurement.sequence !== previous + 1) throw new DeviceError('SENML_SEQUENCE');
    measurements.push(measurement);
  });
  return { measurements, ...(batteryPercent !== undefined && { batteryPercent }) };
}

function parseRecords(bytes: Uint8Array): Fields[] {
  let parsed: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = JSON.parse(text, keepNumberText);
  } catch (error) {
    throw new DeviceError('SENML_JSON', undefined, { cause: error });
  }
  if (!Array.isArray(parsed)) throw new DeviceError('SENML_SHAPE', 'not an array');
  return parsed.map((record: unknown) => {
    if (typeof record !== 'object' || record === null || record instanceof NumberText) {
      throw new DeviceError('SENML_SHAPE', 'a record is not an object');
    }
    return record as Fields;
  });
}

/** The third argument is newer than TypeScript's library (ECMA-262, "JSON.parse source text access"). */
function keepNumberText(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? '') : value;
}

interface Base {
  readonly session: string;
  readonly timeMs: number | undefined;
}

function readBase(first: Fields): Base {
  const session = typeof first['bn'] === 'string' ? BASE_NAME.exec(first['bn'])?.[1] : undefined;
  if (session === undefined) throw new DeviceError('SENML_BASE_NAME');
  return { session, timeMs: readMilliseconds(first, 'bt') };
}

function readRecord(record: Fields, keys: ReadonlySet<string>, base: Base, raw: Uint8Array): Measurement {
  if (Object.keys(record).some((key) => !keys.has(key))) throw new DeviceError('SENML_FIELD');
  const vital = typeof record['n'] === 'string' ? VITALS[record['n']] : undefined;
  if (!vital) throw new DeviceError('SENML_VITAL');
  const unit = record['u'];
  if (!vital.units.some((allowed) => allowed === unit)) throw new DeviceError('SENML_UNIT');
  const deviceTimeMs = readTime(base.timeMs, readMilliseconds(record, 't'));
  return {
    vital: vital.key,
    ...readContent(record, vital, unit as string),
    unit: unit as string,
    mdc: vital.mdc[0] ?? 0,
    ...(deviceTimeMs === undefined ? {} : { deviceTimeMs }),
    session: base.session,
    sequence: readSequence(record['seq_']),
    raw,
  };
}

function readBattery(record: Fields): number {
  if (Object.keys(record).some((key) => !BATTERY_KEYS.has(key))) throw new DeviceError('SENML_FIELD');
  if (record['u'] !== BATTERY_UNIT) throw new DeviceError('SENML_UNIT');
  const level = record['v'] instanceof NumberText ? parseDecimal(record['v'].text) : undefined;
  const percent = level ? decimalToNumber(level) : Number.NaN;
  if (!(percent >= 0 && percent <= 100)) throw new DeviceError('SENML_VALUE', 'v is not 0 to 100');
  return percent;
}

/** `v` or `vs`, exactly one of them. */
function readContent(
  record: Fields,
  vital: Vital,
  unit: string,
): { value?: Decimal; absent?: AbsentReason; flags: number } {
  const { v, vs } = record;
  if ((v === undefined) === (vs === undefined)) throw new DeviceError('SENML_VALUE', 'v or vs, one of them');
  if (vs !== undefined) {
    const absent = ABSENT_REASONS.find((reason) => reason === vs);
    if (!absent) throw new DeviceError('SENML_VALUE', 'vs is not an absent reason');
    return { absent, flags: 0 };
  }
  const value = v instanceof NumberText ? parseDecimal(v.text) : undefined;
  if (!value) throw new DeviceError('SENML_VALUE', 'v is not a plain decimal');
  if (vital.zeroMeansNoSignal && value.mantissa === 0) return { absent: 'no-signal', flags: 0 };
  return { value, flags: unit === vital.unit && outsideSensor(vital, value) ? FLAG.sensorInvalid : 0 };
}

function outsideSensor({ sensorValid }: Vital, value: Decimal): boolean {
  const number = decimalToNumber(value);
  return sensorValid !== undefined && (number < sensorValid.min || number > sensorValid.max);
}

function readSequence(field: unknown): number {
  const decimal = field instanceof NumberText ? parseDecimal(field.text) : undefined;
  if (decimal?.exponent !== 0 || decimal.mantissa < 0) throw new DeviceError('SENML_SEQUENCE');
  return decimal.mantissa;
}

function readMilliseconds(record: Fields, key: 'bt' | 't'): number | undefined {
  const field = record[key];
  if (field === undefined) return undefined;
  const seconds = field instanceof NumberText ? Number(field.text) : Number.NaN;
  if (!Number.isFinite(seconds) || Math.abs(seconds) > LAST_ABSOLUTE_S) throw new DeviceError('SENML_TIME');
  return Math.round(seconds * 1000);
}

function readTime(baseMs: number | undefined, ownMs: number | undefined): number | undefined {
  if (baseMs === undefined && ownMs === undefined) return undefined;
  const timeMs = (baseMs ?? 0) + (ownMs ?? 0);
  const absolute = timeMs >= FIRST_ABSOLUTE_S * 1000 && timeMs <= LAST_ABSOLUTE_S * 1000;
  if (!absolute) throw new DeviceError('SENML_TIME', 'not a time since 1970');
  return timeMs;
}
