// SPDX-License-Identifier: Apache-2.0
/** The canonical bytes of one reading: what a batch leaf hashes and a proof file shows (docs/formats.md, "Reading"). */
import type { Reading } from '../../devices/reading.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asMap, asText, noOtherKeys, type Refuse } from '../codec/fields.ts';
import { bytesToHex, hexToBytes } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { ABSENT_CODES, nameOf, TIME_QUALITY_CODES, VITAL_CODES } from './vital-codes.ts';

/** A reading as the record keeps it: its stay is implied by the stream, its raw bytes are kept only if it is flagged. */
export type RecordReading = Omit<Reading, 'stay' | 'raw'> & { readonly raw?: Uint8Array };

/** Bound of every integer of the profile: one bit below a safe integer, for the zigzag coding of the columns. */
export const MAX_INTEGER = 2 ** 52;
const MAX_EXPONENT = 12;
const MAX_TEXT_LENGTH = 64;
export const MAX_RAW_BYTES = 8192;
/** More than any reading takes. */
export const MAX_READING_BYTES = 16 * 1024;

const VITAL = 1;
const VALUE = 2;
const ABSENT = 3;
const UNIT = 4;
const MDC = 5;
const LOINC = 6;
const DEVICE_TIME = 7;
const RECEIVED = 8;
const CORRECTED = 9;
const TIME_QUALITY = 10;
const DEVICE = 11;
const SESSION = 12;
const SEQUENCE = 13;
const FLAGS = 14;
const RAW = 15;
const KNOWN_KEYS = new Set(Array.from({ length: RAW }, (_, i) => i + 1));

/** Deterministic CBOR of a reading, about 100 bytes. */
export function encodeReading(reading: RecordReading): Uint8Array {
  const map = new Map<number, CborValue>([[VITAL, reading.vital]]);
  if (reading.value) map.set(VALUE, [reading.value.mantissa, reading.value.exponent]);
  else map.set(ABSENT, ABSENT_CODES[reading.absent ?? 'unknown']);
  map.set(UNIT, reading.unit);
  map.set(MDC, reading.mdc);
  map.set(LOINC, loincOf(reading.vital));
  if (reading.deviceTimeMs !== undefined) map.set(DEVICE_TIME, reading.deviceTimeMs);
  map.set(RECEIVED, [hexToBytes(reading.boot), reading.monotonicMs]);
  map.set(CORRECTED, reading.correctedMs);
  map.set(TIME_QUALITY, TIME_QUALITY_CODES[reading.timeQuality]);
  map.set(DEVICE, reading.device);
  map.set(SESSION, hexToBytes(reading.session));
  map.set(SEQUENCE, reading.sequence);
  map.set(FLAGS, reading.flags);
  if (reading.raw) map.set(RAW, reading.raw);
  return encodeCbor(map);
}

/** Reads one reading from outside; `refuse` makes the error of the caller (READING_MALFORMED by default). */
export function decodeReading(bytes: Uint8Array, refuse: Refuse = malformed): RecordReading {
  const map = asMap(decodeCbor(bytes), refuse);
  noOtherKeys(map, KNOWN_KEYS, refuse);
  if (map.has(VALUE) === map.has(ABSENT)) throw refuse('either a value or an absent reason');
  const vital = asText(map.get(VITAL), refuse, MAX_TEXT_LENGTH);
  if (asText(map.get(LOINC), refuse, MAX_TEXT_LENGTH) !== loincOf(vital))
    throw refuse('the LOINC code is not that of the vital');
  const received = asArray(map.get(RECEIVED), refuse, 2);
  return {
    vital,
    ...(map.has(VALUE)
      ? { value: decimal(asArray(map.get(VALUE), refuse, 2), refuse) }
      : { absent: named(ABSENT_CODES, map.get(ABSENT), refuse) }),
    unit: asText(map.get(UNIT), refuse, MAX_TEXT_LENGTH),
    mdc: asInteger(map.get(MDC), refuse, 0, 2 ** 32),
    ...(map.has(DEVICE_TIME) && { deviceTimeMs: asInteger(map.get(DEVICE_TIME), refuse, -MAX_INTEGER, MAX_INTEGER) }),
    boot: bytesToHex(asBytes(received[0], refuse, { length: 8 })),
    monotonicMs: asInteger(received[1], refuse, 0, MAX_INTEGER),
    correctedMs: asInteger(map.get(CORRECTED), refuse, -MAX_INTEGER, MAX_INTEGER),
    timeQuality: named(TIME_QUALITY_CODES, map.get(TIME_QUALITY), refuse),
    device: asText(map.get(DEVICE), refuse, MAX_TEXT_LENGTH),
    session: bytesToHex(asBytes(map.get(SESSION), refuse, { length: 8 })),
    sequence: asInteger(map.get(SEQUENCE), refuse, 0, MAX_INTEGER),
    flags: asInteger(map.get(FLAGS), refuse, 0, 2 ** 16),
    ...(map.has(RAW) && { raw: asBytes(map.get(RAW), refuse, { maxLength: MAX_RAW_BYTES }) }),
  };
}

/** LOINC code of a vital's profile; empty for a vital without one. */
function loincOf(vital: string): string {
  return VITAL_CODES[vital]?.loinc ?? '';
}

function decimal(pair: readonly CborValue[], refuse: Refuse): { mantissa: number; exponent: number } {
  return {
    mantissa: asInteger(pair[0], refuse, -MAX_INTEGER, MAX_INTEGER),
    exponent: asInteger(pair[1], refuse, -MAX_EXPONENT, MAX_EXPONENT),
  };
}

function named<Name extends string>(
  codes: Readonly<Record<Name, number>>,
  value: CborValue | undefined,
  refuse: Refuse,
): Name {
  const name = nameOf(codes, value);
  if (name === undefined) throw refuse('an unknown code');
  return name;
}

function malformed(detail: string): LedgerError {
  return new LedgerError('READING_MALFORMED', detail);
}
