// SPDX-License-Identifier: Apache-2.0
/** A synthetic patient: vital signs that wander slowly around a person's own middle. A pure function of seed and time. */
import type { Decimal } from '../reading.ts';
import { randomAt, seedOf } from './rng.ts';

/** What wanders how: middle and its spread between patients, slow swing, and noise from minute to minute, in the vital's unit. */
interface Course {
  readonly middle: number;
  readonly spread: number;
  readonly swing: number;
  readonly noise: number;
  readonly min: number;
  readonly max: number;
  /** Exponent of ten of the last digit a device writes. */
  readonly exponent: number;
}

const COURSES = {
  heartRate: { middle: 78, spread: 12, swing: 6, noise: 5, min: 45, max: 130, exponent: 0 },
  respiratoryRate: { middle: 15, spread: 2, swing: 1.5, noise: 1.5, min: 9, max: 28, exponent: 0 },
  spo2: { middle: 97, spread: 1.2, swing: 0.6, noise: 0.9, min: 90, max: 100, exponent: 0 },
  temperature: { middle: 36.8, spread: 0.35, swing: 0.2, noise: 0.05, min: 35.5, max: 39.5, exponent: -2 },
  bpSystolic: { middle: 124, spread: 10, swing: 6, noise: 5, min: 92, max: 175, exponent: 0 },
  bpDiastolic: { middle: 74, spread: 6, swing: 3, noise: 3, min: 52, max: 88, exponent: 0 },
} as const satisfies Record<string, Course>;

type Wandering = keyof typeof COURSES;
/** Vitals of a synthetic patient, by key of the vital code table. */
export type PatientVital = Wandering | 'pulseRate' | 'bpMean';

export interface Patient {
  /** What a sensor would read at that ward time; 36.60 has both decimals. */
  read(vital: PatientVital, wardMs: number): Decimal;
}

const MINUTE_MS = 60_000;
const SWING_PERIOD_MS = 45 * MINUTE_MS;

export function createPatient(seed: number): Patient {
  const integer = (vital: Wandering, wardMs: number) => digits(seedOf(seed, vital), COURSES[vital], wardMs);
  return {
    read(vital, wardMs) {
      if (vital === 'pulseRate') return this.read('heartRate', wardMs);
      if (vital === 'bpMean')
        return { mantissa: mean(integer('bpSystolic', wardMs), integer('bpDiastolic', wardMs)), exponent: 0 };
      return { mantissa: integer(vital, wardMs), exponent: COURSES[vital].exponent };
    },
  };
}

/** The value in units of its last digit. */
function digits(seed: number, course: Course, wardMs: number): number {
  const signed = (index: number) => 2 * randomAt(seed, index) - 1;
  const minute = Math.floor(wardMs / MINUTE_MS);
  const within = wardMs / MINUTE_MS - minute;
  const noise = signed(minute) * (1 - within) + signed(minute + 1) * within;
  const phase = 2 * Math.PI * (wardMs / SWING_PERIOD_MS + randomAt(seed, -1));
  const value = course.middle + course.spread * signed(-2) + course.swing * Math.sin(phase) + course.noise * noise;
  return Math.round(Math.min(course.max, Math.max(course.min, value)) * 10 ** -course.exponent);
}

/** Mean arterial pressure as a cuff estimates it: a third of the way up. */
function mean(systolic: number, diastolic: number): number {
  return Math.round(diastolic + (systolic - diastolic) / 3);
}
