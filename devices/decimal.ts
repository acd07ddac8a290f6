// SPDX-License-Identifier: Apache-2.0
/** Decimal numbers exactly as a device wrote them: 36.60 stays 36.60. */
import type { Decimal } from './reading.ts';

/** More digits than these no vital sign has, and a JavaScript integer still holds them exactly. */
const MAX_DIGITS = 15;
/** Either way; the record keeps no more, and an 11073 SFLOAT needs -8 to 7. */
const MAX_EXPONENT = 12;
const PLAIN_DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;

/**
 * "36.60" is {mantissa: 3660, exponent: -2}. Undefined for what cannot be kept as written: an exponent ("1e3"), a negative
 * zero, a leading zero or plus sign, more than 15 digits or 12 decimals.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const match = PLAIN_DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole.length + fraction.length > MAX_DIGITS || fraction.length > MAX_EXPONENT) return undefined;
  const magnitude = Number(whole + fraction);
  if (sign === '-' && magnitude === 0) return undefined;
  return { mantissa: sign === '-' ? -magnitude : magnitude, exponent: 0 - fraction.length };
}

/** The text it was parsed from; a positive exponent becomes trailing zeros. Throws RangeError for an exponent beyond 12 either way. */
export function formatDecimal({ mantissa, exponent }: Decimal): string {
  if (Math.abs(exponent) > MAX_EXPONENT) throw new RangeError('exponent of a decimal is out of range');
  if (exponent >= 0) return mantissa === 0 ? '0' : `${mantissa}${'0'.repeat(exponent)}`;
  const digits = String(Math.abs(mantissa)).padStart(1 - exponent, '0');
  return `${mantissa < 0 ? '-' : ''}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** Negative, 0 or positive, exactly: 36.6 and 36.60 are equal in value. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (x: Decimal) => BigInt(x.mantissa) * 10n ** BigInt(x.exponent - exponent);
  const difference = scaled(a) - scaled(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The nearest JavaScript number, for limits and drawings; never for storage. */
export function decimalToNumber(decimal: Decimal): number {
  return Number(formatDecimal(decimal));
}
