// SPDX-License-Identifier: Apache-2.0
/** Flags by the limits of the vital table, at each edge of them. */
import { describe, expect, it } from 'vitest';
import { FLAG, type Measurement, VITALS } from '../../devices/index.ts';
import { plausibilityFlags } from './plausibility.ts';

const of = (vital: string, value: number, unit = VITALS[vital]?.unit ?? '1'): Measurement => {
  const mantissa = Math.round(value * 1000);
  return { vital, value: { mantissa, exponent: -3 }, unit, mdc: 0, flags: 0, raw: new Uint8Array() };
};

describe('plausibility', () => {
  it('flags what lies outside the limits of any vital, and nothing on them', () => {
    for (const vital of Object.values(VITALS)) {
      const { min, max } = vital.plausible;
      const sensor = vital.sensorValid ?? { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
      const flagsOf = (value: number) => plausibilityFlags(of(vital.key, value));
      const expected = (value: number) =>
        (value < min || value > max ? FLAG.implausible : 0) |
        (value < sensor.min || value > sensor.max ? FLAG.sensorInvalid : 0);
      for (const edge of [min, max, sensor.min, sensor.max].filter(Number.isFinite))
        for (const value of [edge - 0.001, edge, edge + 0.001]) expect(flagsOf(value)).toBe(expected(value));
      expect(flagsOf(min) & FLAG.implausible).toBe(0);
      expect(flagsOf(max + 0.001) & FLAG.implausible).toBe(FLAG.implausible);
    }
  });

  it('says only that the unit is another one where it is: limits are in the vital’s own unit', () => {
    expect(plausibilityFlags(of('temperature', 98.6, '[degF]'))).toBe(FLAG.unexpectedUnit);
  });

  it('says nothing of an absent value, nor of a vital that has no limits', () => {
    const { value: _, ...absent } = of('spo2', 0);
    expect(plausibilityFlags({ ...absent, absent: 'no-signal' })).toBe(0);
    expect(plausibilityFlags(of('constructor-of-nothing', 5))).toBe(0);
  });
});
