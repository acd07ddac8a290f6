// SPDX-License-Identifier: Apache-2.0
/** The vital code table against its reference, and its LOINC codes against their check digits. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VITALS, type Vital } from './vitals.ts';

const REFERENCE = new URL('../../shared/reference/vitals-codes.json', import.meta.url);
const OURS = ['abpSystolic', 'abpDiastolic', 'abpMean'];

interface ReferenceVital {
  key: string;
  label: string;
  name: string;
  kind: string;
  contract: string;
  ucum: string;
  ucumAlternatives?: string[];
  decimals?: number;
  mdc: { code: string }[];
  loinc: { code: string }[];
  plausible: { min: number; max: number };
  sensorValid?: { min: number; max: number; zeroMeans?: string };
  stale: Record<string, number | boolean | string | null>;
  colour?: { dark: string; light: string };
}

const limits = (x: { min: number; max: number } | undefined) => x && { min: x.min, max: x.max };

/** What of a reference entry the table must hold. */
function expected(entry: ReferenceVital) {
  const { staleAfterS = null, lostAfterS = null, agedAfterS = null, showAgeAlways = false } = entry.stale;
  return {
    label: entry.label,
    name: entry.name,
    contract: entry.contract.split(' ')[0],
    unit: entry.ucum,
    units: [entry.ucum, ...(entry.ucumAlternatives ?? [])],
    decimals: entry.decimals ?? 0,
    mdc: entry.mdc.map(({ code }) => Number(code)),
    loinc: entry.loinc.map(({ code }) => code),
    plausible: limits(entry.plausible),
    sensorValid: limits(entry.sensorValid),
    zeroMeansNoSignal: entry.sensorValid?.zeroMeans !== undefined,
    staleAfterS,
    lostAfterS,
    agedAfterS,
    showAgeAlways,
  };
}

/** Luhn's check digit, as LOINC uses it. */
function hasLoincCheckDigit(code: string): boolean {
  const [number = '', check = ''] = code.split('-');
  const sum = [...number].reverse().reduce((total, digit, i) => {
    const weighted = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + Math.floor(weighted / 10) + (weighted % 10);
  }, 0);
  return String((10 - (sum % 10)) % 10) === check;
}

describe('the vital code table', () => {
  it.skipIf(!existsSync(REFERENCE))('equals the numeric vitals of the reference', () => {
    const reference = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { vitals: ReferenceVital[] };
    const numeric = reference.vitals.filter(({ kind }) => kind === 'numeric');
    expect(Object.keys(VITALS).filter((key) => !OURS.includes(key))).toStrictEqual(numeric.map(({ key }) => key));
    for (const entry of numeric) {
      const { key, colour, ...row } = VITALS[entry.key] as Vital;
      expect({ sensorValid: undefined, ...row }, key).toStrictEqual(expected(entry));
      if (entry.colour) expect(colour, key).toStrictEqual({ dark: entry.colour.dark, light: entry.colour.light });
    }
  });

  it.each(Object.values(VITALS).flatMap(({ key, loinc }) => loinc.map((code) => [key, code] as const)))(
    '%s: %s passes the LOINC check digit',
    (_key, code) => expect(hasLoincCheckDigit(code)).toBe(true),
  );

  it('would notice a wrong LOINC code: 3150-6 is the one often misquoted', () => {
    expect(hasLoincCheckDigit('3150-6')).toBe(false);
  });

  it('gives the arterial line the limits of the cuff, and codes of its own', () => {
    for (const part of ['Systolic', 'Diastolic', 'Mean']) {
      const [line, cuff] = [VITALS[`abp${part}`], VITALS[`bp${part}`]];
      expect(line?.plausible).toStrictEqual(cuff?.plausible);
      expect(line?.sensorValid).toStrictEqual(cuff?.sensorValid);
      expect(line?.mdc).not.toStrictEqual(cuff?.mdc);
    }
  });

  it('finds nothing under the names every object has', () => {
    expect(VITALS['constructor']).toBeUndefined();
    expect(VITALS['toString']).toBeUndefined();
  });
});
