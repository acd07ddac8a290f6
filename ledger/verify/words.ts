// SPDX-License-Identifier: Apache-2.0
/** A proved reading as a sentence. */
import type { RecordReading } from '../record/reading-codec.ts';
import { VITAL_CODES } from '../record/vital-codes.ts';

/** For example `Oxygen saturation 97 % from device oxi-7, measured 2026-11-21T08:30:00.000Z (time: device)`. */
export function readingInWords(reading: RecordReading): string {
  const name = VITAL_CODES[reading.vital]?.name ?? reading.vital;
  const value = reading.value ? `${decimalText(reading.value)} ${reading.unit}` : `no value (${reading.absent})`;
  return `${name} ${value} from device ${reading.device}, measured ${timeText(reading.correctedMs)} (time: ${reading.timeQuality})`;
}

/** All the digits that the device sent: {3660, -2} is 36.60. */
export function decimalText({ mantissa, exponent }: { mantissa: number; exponent: number }): string {
  const digits = String(Math.abs(mantissa)).padStart(1 - Math.min(0, exponent), '0');
  const sign = mantissa < 0 ? '-' : '';
  if (exponent >= 0) return `${sign}${digits}${mantissa === 0 ? '' : '0'.repeat(exponent)}`;
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** The record's integers reach further than a Date does. */
export function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms since 1970`;
}
