// SPDX-License-Identifier: Apache-2.0
/**
 * A proven reading as a row of a CSV file. The exporter writes these rows and the verifier writes them again to compare, so that they
 * are the same byte for byte. Two profiles: "machine" (RFC 4180, UTC) and "excel" (what a spreadsheet opens without changing it).
 */
import type { RecordReading } from '../record/reading-codec.ts';
import { FLAG_BITS } from '../record/vital-codes.ts';
import { decimalText, timeText } from './words.ts';

export interface CsvForm {
  readonly profile: 'machine' | 'excel';
  readonly delimiter: ',' | ';';
  readonly decimalMark: '.' | ',';
  /** IANA name. */
  readonly timeZone: string;
}

/** The boot that a batch was sealed in, of its leaf 0: it gives the receive times their wall time. */
export interface BootAnchor {
  readonly id: string;
  readonly wallMs: number;
}

export interface CsvWriter {
  /** What stands before the first reading: the column names, and for a spreadsheet a byte order mark. */
  head(): string;
  /** `correction`: the reason of the correction that stands over the reading. */
  row(reading: RecordReading, boot: BootAnchor, correction?: string): string;
}

const COLUMNS = [
  'device',
  'vital',
  'value',
  'unit',
  'absent',
  'measured',
  'device time',
  'received',
  'time quality',
  'flags',
  'session',
  'sequence',
  'correction',
];
const MINUTE_MS = 60_000;
const REMEMBERED_MAX = 1024;
const BYTE_ORDER_MARK = '\uFEFF';
const NEW_LINE = '\r\n';
/** Where a spreadsheet may see the beginning of a cell, whatever it takes for the delimiter, and a sign there that makes it a formula. */
const FORMULA = /(?<=^|[;,\t\r\n])(?=\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])/g;
/** A spreadsheet would take it for a number and drop or round digits: 0012, 1e5, 20-digit ids. */
const NUMBER_LIKE = /^\d[\d.]*(?:e\d+)?$/i;

/** RangeError for a time zone that does not exist. */
export function csvWriter(form: CsvForm): CsvWriter {
  const { delimiter, decimalMark } = form;
  const excel = form.profile === 'excel';
  const line = (fields: readonly string[]) => fields.map(quoted).join(delimiter) + NEW_LINE;
  const text = excel ? neutralised : (field: string) => field;
  const local = excel ? localTime(form.timeZone) : timeText;
  // Words and times of our own have nothing that is to be quoted; a year before 0 has a sign.
  const clock = () => byMinute((ms) => text(local(ms)));
  const [measured, deviceTime, received] = [clock(), clock(), clock()];
  const given = remembering((field: string) => quoted(text(field)));
  const flags = remembering(flagNames);
  return {
    head: () => (excel ? BYTE_ORDER_MARK : '') + line(COLUMNS),
    row: (reading, boot, correction = '') =>
      given(reading.device) +
      delimiter +
      given(reading.vital) +
      delimiter +
      // Written by us, digits only: a negative number is no formula.
      (reading.value ? quoted(decimalText(reading.value).replace('.', decimalMark)) : '') +
      delimiter +
      given(reading.unit) +
      delimiter +
      (reading.absent ?? '') +
      delimiter +
      measured(reading.correctedMs) +
      delimiter +
      (reading.deviceTimeMs === undefined ? '' : deviceTime(reading.deviceTimeMs)) +
      delimiter +
      (reading.boot === boot.id ? received(boot.wallMs + reading.monotonicMs) : '') +
      delimiter +
      reading.timeQuality +
      delimiter +
      flags(reading.flags) +
      delimiter +
      given(reading.session) +
      delimiter +
      reading.sequence +
      delimiter +
      correction +
      NEW_LINE,
  };
}

/**
 * Text that no spreadsheet runs or rounds: an apostrophe, which makes a cell text, is put before it where it would begin a formula or
 * look like a number.
 */
export function neutralised(field: string): string {
  if (NUMBER_LIKE.test(field)) return `'${field}`;
  return field.replace(FORMULA, "'");
}

/** The same function, worked out once for what comes again and again: devices, vitals, units, sessions, flags. */
function remembering<T>(work: (field: T) => string): (field: T) => string {
  const known = new Map<T, string>();
  return (field) => {
    const found = known.get(field);
    if (found !== undefined) return found;
    if (known.size >= REMEMBERED_MAX) known.clear();
    const made = work(field);
    known.set(field, made);
    return made;
  };
}

/** RFC 4180 2.6 and 2.7; both delimiters are quoted, whichever is in use. */
function quoted(field: string): string {
  return /[",;\t\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Names of the bits, and what has no name as a number. */
function flagNames(flags: number): string {
  if (flags === 0) return '';
  const bits = Object.entries(FLAG_BITS).filter(([, bit]) => (flags & bit) !== 0);
  const rest = bits.reduce((left, [, bit]) => left - bit, flags);
  return [...bits.map(([name]) => name), ...(rest > 0 ? [String(rest)] : [])].join(' ');
}

/** The same text of a time, worked out once a minute: the times of a column lie close together. */
function byMinute(text: (ms: number) => string): (ms: number) => string {
  let minuteMs = Number.NaN;
  let around: readonly [before: string, after: string] | undefined;
  return (ms) => {
    const inMinute = ((ms % MINUTE_MS) + MINUTE_MS) % MINUTE_MS;
    if (ms - inMinute !== minuteMs) {
      minuteMs = ms - inMinute;
      around = aroundSeconds(text(minuteMs), text(minuteMs + MINUTE_MS - 1));
    }
    if (!around) return text(ms);
    const digits = String(100_000 + inMinute);
    return `${around[0]}${digits.slice(1, 3)}.${digits.slice(3)}${around[1]}`;
  };
}

/** What stands around the seconds in both ends of a minute; undefined if it is not the same, as when the clocks change. */
function aroundSeconds(first: string, last: string): readonly [string, string] | undefined {
  const at = last.lastIndexOf(':59.999');
  const around = [last.slice(0, at + 1), last.slice(at + ':59.999'.length)] as const;
  return at >= 0 && first === around.join('00.000') ? around : undefined;
}

/** ISO 8601 with the offset of the place at that moment: 2026-11-21T09:30:00.123+01:00. */
function localTime(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (ms) => {
    if (Math.abs(ms) > 8e15) return timeText(ms);
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '00', minutes = '00', seconds = '00'] =
      /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
    const offsetS = (sign === '-' ? -1 : 1) * (3600 * Number(hours) + 60 * Number(minutes) + Number(seconds));
    const clock = new Date(ms + 1000 * offsetS).toISOString().slice(0, -1);
    return `${clock}${sign}${hours}:${minutes}${seconds === '00' ? '' : `:${seconds}`}`;
  };
}
