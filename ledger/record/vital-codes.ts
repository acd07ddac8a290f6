// SPDX-License-Identifier: Apache-2.0
/** Codes of the record, and which unit and codes belong to which vital. Values in the record: append, never change. */
import type { AbsentReason, FLAG, TimeQuality } from '../../devices/reading.ts';

interface VitalCode {
  /** Name for a sentence. */
  readonly name: string;
  /** UCUM units a device may send. */
  readonly units: readonly string[];
  /** ISO/IEEE 11073-10101 context-free codes. */
  readonly mdc: readonly number[];
  readonly loinc: string;
}

const row = (name: string, units: string[], mdc: number[], loinc: string): VitalCode => ({ name, units, mdc, loinc });

export const VITAL_CODES: Readonly<Record<string, VitalCode>> = {
  heartRate: row('Heart rate', ['/min'], [147842], '8867-4'),
  pulseRate: row('Pulse rate', ['/min'], [149530, 149546], '8867-4'),
  spo2: row('Oxygen saturation', ['%'], [150456], '2708-6'),
  respiratoryRate: row('Respiratory rate', ['/min'], [151562, 151570], '9279-1'),
  bpSystolic: row('Systolic blood pressure', ['mm[Hg]'], [150021], '8480-6'),
  bpDiastolic: row('Diastolic blood pressure', ['mm[Hg]'], [150022], '8462-4'),
  bpMean: row('Mean blood pressure', ['mm[Hg]'], [150023], '8478-0'),
  abpSystolic: row('Systolic arterial pressure', ['mm[Hg]'], [150037], '8480-6'),
  abpDiastolic: row('Diastolic arterial pressure', ['mm[Hg]'], [150038], '8462-4'),
  abpMean: row('Mean arterial pressure', ['mm[Hg]'], [150039], '8478-0'),
  temperature: row('Body temperature', ['Cel', '[degF]'], [150364, 188424, 150344, 150388], '8310-5'),
  glucose: row('Glucose', ['mg/dL', 'mmol/L'], [160184, 160020, 160368], '99504-3'),
  weight: row('Body weight', ['kg', 'g', '[lb_av]'], [188736], '29463-7'),
  perfusionIndex: row('Perfusion index', ['%'], [150448], '61006-3'),
  supplementalOxygen: row('Supplemental oxygen', ['L/min', '%'], [], '3151-8'),
};

/** The compiler checks that every reason and quality of the reading's definition has its code here. */
export const ABSENT_CODES: Readonly<Record<AbsentReason, number>> = {
  unknown: 0,
  'not-measured': 1,
  'no-signal': 2,
  'sensor-off': 3,
  'sensor-error': 4,
  'above-range': 5,
  'below-range': 6,
  calibrating: 7,
  masked: 8,
};

export const TIME_QUALITY_CODES: Readonly<Record<TimeQuality, number>> = {
  received: 0,
  device: 1,
  'device-corrected': 2,
  unsynchronised: 3,
  'device-time-refused': 4,
};

/** Bits of the quality flags; the compiler checks that they are those of the reading's definition. */
export const FLAG_BITS: typeof FLAG = {
  implausible: 1,
  sensorInvalid: 2,
  sequenceAssigned: 4,
  late: 8,
  weakSignal: 16,
  conflict: 32,
  unexpectedUnit: 64,
};

/** The name that a code stands for, or undefined. */
export function nameOf<Name extends string>(codes: Readonly<Record<Name, number>>, code: unknown): Name | undefined {
  for (const name in codes) if (codes[name] === code) return name;
  return undefined;
}
