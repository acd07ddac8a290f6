// SPDX-License-Identifier: Apache-2.0
/** Decimals keep every digit that was written. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { compareDecimals, decimalToNumber, formatDecimal, parseDecimal } from './decimal.ts';

const writtenDecimal = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 99_999_999 }), fc.stringMatching(/^\d{0,7}$/))
  .map(([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}${fraction && '.'}${fraction}`)
  .filter((text) => !/^-[0.]*$/.test(text));

describe('parseDecimal', () => {
  it.each([
    ['36.60', 3660, -2],
    ['36.6', 366, -1],
    ['0', 0, 0],
    ['0.00', 0, -2],
    ['-0.5', -5, -1],
    ['97', 97, 0],
    ['999999999999999', 999999999999999, 0],
  ])('keeps %s as written', (text, mantissa, exponent) => {
    expect(parseDecimal(text)).toStrictEqual({ mantissa, exponent });
  });

  it.each(['-0', '-0.0', '1e3', '1E3', '', '.5', '5.', '+5', '05', ' 5', '5\n', 'NaN', 'Infinity', '0x10', '1_0', '٣'])(
    'refuses %j',
    (text) => expect(parseDecimal(text)).toBeUndefined(),
  );

  it('refuses more than 15 digits or 12 decimals, also when they are zeros', () => {
    expect(parseDecimal('1234567890123456')).toBeUndefined();
    expect(parseDecimal('100.000000000000')).toBeDefined();
    expect(parseDecimal('1000.000000000000')).toBeUndefined();
    expect(parseDecimal('1.0000000000000')).toBeUndefined();
  });

  test.prop([writtenDecimal])('comes back as the same text', (text) => {
    const decimal = parseDecimal(text);
    expect(decimal && formatDecimal(decimal)).toBe(text);
  });

  test.prop([fc.string()])('gives a decimal that formats to the text, or nothing', (text) => {
    const decimal = parseDecimal(text);
    if (decimal) expect(formatDecimal(decimal)).toBe(text);
  });
});

describe('formatDecimal', () => {
  it('writes a positive exponent as zeros', () => {
    expect(formatDecimal({ mantissa: 12, exponent: 2 })).toBe('1200');
    expect(formatDecimal({ mantissa: 0, exponent: 2 })).toBe('0');
  });
  it('refuses an exponent that would fill the memory', () => {
    expect(() => formatDecimal({ mantissa: 1, exponent: 1e9 })).toThrow(RangeError);
  });
});

describe('compareDecimals', () => {
  it('sees the value, not the digits', () => {
    expect(compareDecimals({ mantissa: 366, exponent: -1 }, { mantissa: 3660, exponent: -2 })).toBe(0);
    expect(compareDecimals({ mantissa: 1, exponent: 1 }, { mantissa: 11, exponent: 0 })).toBe(-1);
  });
  test.prop([fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -9999, max: 9999 }), fc.nat(4), fc.nat(4)])(
    'orders like a plain comparison of scaled integers',
    (a, b, p, q) => {
      const plain = Math.sign(a * 10 ** (4 - p) - b * 10 ** (4 - q));
      expect(compareDecimals({ mantissa: a, exponent: -p }, { mantissa: b, exponent: -q }) - plain).toBe(0);
    },
  );
});

test.prop([writtenDecimal])('decimalToNumber is the nearest number', (text) => {
  const decimal = parseDecimal(text);
  expect(decimal && decimalToNumber(decimal)).toBe(Number(text));
});

it('is written with an exponent of 12 either way at most', () => {
  expect([formatDecimal({ mantissa: 1, exponent: 12 }), formatDecimal({ mantissa: -1, exponent: -12 })]).toStrictEqual([
    ...['1000000000000', '-0.000000000001'],
  ]);
  for (const exponent of [13, -13, 1e9]) expect(() => formatDecimal({ mantissa: 1, exponent })).toThrow(RangeError);
});
