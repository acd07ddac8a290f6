// SPDX-License-Identifier: Apache-2.0
/** Conversions against known pairs and against plain floating point; what is not converted keeps every digit. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { DEVICE_UNITS, shownUnit, shownValue } from './display-units.ts';

const WARD = { temperature: '[degF]', glucose: 'mmol/L', pressure: 'kPa' } as const;
const HOME = { temperature: 'Cel', glucose: 'mg/dL', pressure: 'mm[Hg]' } as const;

it.each([
  ['36.60', 'Cel', WARD, '97.9', '°F'],
  ['37', 'Cel', WARD, '98.6', '°F'],
  ['-40', 'Cel', WARD, '-40.0', '°F'],
  ['98.6', '[degF]', HOME, '37.0', '°C'],
  ['32', '[degF]', HOME, '0.0', '°C'],
  ['100', 'mg/dL', WARD, '5.6', 'mmol/L'],
  ['5.6', 'mmol/L', HOME, '101', 'mg/dL'],
  ['120', 'mm[Hg]', WARD, '16.0', 'kPa'],
  ['16.0', 'kPa', HOME, '120', 'mmHg'],
  ['36.60', 'Cel', HOME, '36.60', '°C'],
  ['36.60', 'Cel', DEVICE_UNITS, '36.60', '°C'],
  ['97', '%', WARD, '97', '%'],
])('%s %s is shown as the ward writes it', (value, unit, choice, shown, words) => {
  expect(shownValue(value, unit, choice)).toEqual({ value: shown, unit: words });
  expect(shownUnit(unit, choice)).toBe(words);
});

const factors: Record<string, (x: number) => number> = {
  Cel: (x) => (x * 9) / 5 + 32,
  'mg/dL': (x) => x / 18.016,
  'mm[Hg]': (x) => x * 0.133322387415,
};
test.prop([fc.integer({ min: -99_999, max: 99_999 }), fc.nat(4), fc.constantFrom(...Object.keys(factors))])(
  'agrees with floating point to half of the last digit',
  (mantissa, decimals, unit) => {
    const text = (mantissa / 10 ** decimals).toFixed(decimals);
    const { value } = shownValue(text, unit, WARD);
    expect(value).toMatch(/^-?\d+\.\d$/);
    expect(Math.abs(Number(value) - factors[unit]!(Number(text)))).toBeLessThan(0.0500001);
  },
);
