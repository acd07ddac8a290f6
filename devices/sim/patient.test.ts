// SPDX-License-Identifier: Apache-2.0
/** Synthetic patients can be repeated, are believable, and write their decimals like a device. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { decimalToNumber, formatDecimal } from '../decimal.ts';
import { VITALS } from '../vitals.ts';
import { createPatient, type PatientVital } from './patient.ts';
import { hexAt, randomAt, seedOf } from './rng.ts';

const KEYS = [
  'heartRate',
  'pulseRate',
  'respiratoryRate',
  'spo2',
  'temperature',
  'bpSystolic',
  'bpDiastolic',
  'bpMean',
] as const;
const wardTime = fc.integer({ min: 0, max: 4e12 });

describe('createPatient', () => {
  test.prop([fc.nat(), wardTime, fc.constantFrom(...KEYS)])(
    'is plausible at any time',
    (seed, wardMs, vital: PatientVital) => {
      const value = decimalToNumber(createPatient(seed).read(vital, wardMs));
      expect(value).toBeGreaterThanOrEqual(VITALS[vital]!.plausible.min);
      expect(value).toBeLessThanOrEqual(VITALS[vital]!.plausible.max);
    },
  );

  test.prop([fc.nat(), wardTime])('has systolic > mean > diastolic', (seed, wardMs) => {
    const patient = createPatient(seed);
    const [sys, mean, dia] = (['bpSystolic', 'bpMean', 'bpDiastolic'] as const).map(
      (key) => patient.read(key, wardMs).mantissa,
    );
    expect(sys).toBeGreaterThan(mean!);
    expect(mean).toBeGreaterThan(dia!);
  });

  test.prop([fc.nat(), wardTime])('writes a temperature with two decimals', (seed, wardMs) => {
    expect(formatDecimal(createPatient(seed).read('temperature', wardMs))).toMatch(/^3\d\.\d\d$/);
  });

  it('is the same patient whenever and in whatever order it is asked', () => {
    const times = Array.from({ length: 100 }, (_, i) => 1.7e12 + i * 1_000);
    const read = (order: number[]) => order.map((ms) => createPatient(3).read('heartRate', ms).mantissa);
    expect(read(times.toReversed()).toReversed()).toStrictEqual(read(times));
    expect(createPatient(4).read('temperature', 1.7e12)).not.toStrictEqual(
      createPatient(3).read('temperature', 1.7e12),
    );
  });

  it('moves, but not in jumps', () => {
    const patient = createPatient(5);
    const rates = Array.from({ length: 3_600 }, (_, i) => patient.read('heartRate', 1.7e12 + i * 1_000).mantissa);
    expect(new Set(rates).size).toBeGreaterThan(5);
    expect(Math.max(...rates.slice(1).map((x, i) => Math.abs(x - rates[i]!)))).toBeLessThanOrEqual(2);
  });
});

describe('randomAt', () => {
  it('is even over ten equal parts, for seeds and indices that follow each other', () => {
    const parts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) parts[Math.floor(randomAt(i % 10, i) * 10)]!++;
    for (const part of parts) expect(Math.abs(part - 1_000)).toBeLessThan(150);
  });
  test.prop([fc.integer(), fc.maxSafeInteger()])('stays from 0 up to 1', (seed, index) => {
    expect(randomAt(seed, index)).toBeGreaterThanOrEqual(0);
    expect(randomAt(seed, index)).toBeLessThan(1);
  });
  it('gives names seeds and sessions of their own', () => {
    expect(seedOf(1, 'a')).not.toBe(seedOf(1, 'b'));
    expect(hexAt(1, 0)).toMatch(/^[0-9a-f]{16}$/);
    expect(hexAt(1, 0)).not.toBe(hexAt(1, 1));
  });
});
