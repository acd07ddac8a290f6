// SPDX-License-Identifier: Apache-2.0
/** The vital code table: codes, units and limits of every numeric vital sign. Constant data, bound to the reference by a test. */

/** Bounds in the vital's own unit, both included. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** When silence is told, in ward seconds; null: no such step. */
interface Staleness {
  readonly staleAfterS: number | null;
  readonly lostAfterS: number | null;
  readonly agedAfterS: number | null;
  readonly showAgeAlways: boolean;
}

export interface Vital extends Staleness {
  readonly key: string;
  /** As a monitor writes it. */
  readonly label: string;
  readonly name: string;
  /** Periodic: expected at its interval. Episodic: speaks when asked, and its age is always shown. Manual: entered by a person. */
  readonly contract: 'periodic' | 'episodic' | 'manual';
  /** UCUM; limits are in this unit. */
  readonly unit: string;
  /** All UCUM units a device may send, that one first. */
  readonly units: readonly string[];
  /** Decimals shown, whatever the device sent. */
  readonly decimals: number;
  /** ISO/IEEE 11073-10101 context-free codes, the primary one first. */
  readonly mdc: readonly number[];
  /** LOINC codes, that of the FHIR profile first. */
  readonly loinc: readonly string[];
  /** Outside: shown, flagged, never scored. */
  readonly plausible: Limits;
  /** Outside: a technical condition, the value is not shown. */
  readonly sensorValid?: Limits;
  /** A 0 of this vital is the device's way to say that it has no signal. */
  readonly zeroMeansNoSignal: boolean;
  readonly colour: { readonly dark: string; readonly light: string };
}

const GREEN = { dark: '#4ADE80', light: '#166534' };
const CYAN = { dark: '#22D3EE', light: '#0E7490' };
const YELLOW = { dark: '#FDE68A', light: '#854D0E' };
const ROSE = { dark: '#FF8FA3', light: '#9F1239' };
const NEUTRAL = { dark: '#F5F5F5', light: '#1F2937' };
const VIOLET = { dark: '#C4B5FD', light: '#5B21B6' };
/** Most vitals have no decimals and no special zero. */
const PLAIN = { decimals: 0, zeroMeansNoSignal: false } as const;

// biome-ignore format: a table is read by its columns
const ROWS: readonly Vital[] = [
  { ...PLAIN, key: 'heartRate', label: 'HR', name: 'Heart rate (ECG)', contract: 'periodic', unit: '/min', units: ['/min'],
    mdc: [147842], loinc: ['8867-4'], plausible: { min: 20, max: 300 }, sensorValid: { min: 1, max: 350 },
    zeroMeansNoSignal: true, ...live(10, 30), colour: GREEN },
  { ...PLAIN, key: 'pulseRate', label: 'PR', name: 'Pulse rate (pulse oximeter, cuff or optical wearable)', contract: 'periodic',
    unit: '/min', units: ['/min'], mdc: [149530, 149546], loinc: ['8867-4', '8889-8'], plausible: { min: 20, max: 300 },
    sensorValid: { min: 1, max: 350 }, zeroMeansNoSignal: true, ...live(15, 60), colour: CYAN },
  { ...PLAIN, key: 'spo2', label: 'SpO2', name: 'Oxygen saturation by pulse oximetry', contract: 'periodic', unit: '%', units: ['%'],
    mdc: [150456], loinc: ['2708-6', '59408-5'], plausible: { min: 50, max: 100 }, sensorValid: { min: 1, max: 100 },
    zeroMeansNoSignal: true, ...live(15, 60), colour: CYAN },
  { ...PLAIN, key: 'respiratoryRate', label: 'RR', name: 'Respiratory rate', contract: 'periodic', unit: '/min', units: ['/min'],
    mdc: [151562, 151570], loinc: ['9279-1'], plausible: { min: 3, max: 60 }, sensorValid: { min: 0, max: 120 },
    zeroMeansNoSignal: true, ...live(30, 120), colour: YELLOW },
  { ...PLAIN, key: 'bpSystolic', label: 'SYS', name: 'Systolic blood pressure', contract: 'episodic', unit: 'mm[Hg]', units: ['mm[Hg]'],
    mdc: [150021], loinc: ['8480-6'], plausible: { min: 40, max: 270 }, sensorValid: { min: 20, max: 300 }, ...aged(3600), colour: ROSE },
  { ...PLAIN, key: 'bpDiastolic', label: 'DIA', name: 'Diastolic blood pressure', contract: 'episodic', unit: 'mm[Hg]', units: ['mm[Hg]'],
    mdc: [150022], loinc: ['8462-4'], plausible: { min: 10, max: 210 }, sensorValid: { min: 10, max: 220 }, ...aged(3600), colour: ROSE },
  { ...PLAIN, key: 'bpMean', label: 'MAP', name: 'Mean blood pressure', contract: 'episodic', unit: 'mm[Hg]', units: ['mm[Hg]'],
    mdc: [150023], loinc: ['8478-0'], plausible: { min: 20, max: 230 }, sensorValid: { min: 10, max: 260 }, ...aged(3600), colour: ROSE },
  { ...PLAIN, key: 'temperature', label: 'Temp', name: 'Body temperature', contract: 'periodic', unit: 'Cel', units: ['Cel', '[degF]'],
    decimals: 1, mdc: [150364, 188424, 150344, 150388], loinc: ['8310-5'], plausible: { min: 32, max: 44 },
    sensorValid: { min: 25, max: 45 }, ...live(120, 600), colour: NEUTRAL },
  { ...PLAIN, key: 'glucose', label: 'Gluc', name: 'Glucose', contract: 'episodic', unit: 'mg/dL', units: ['mg/dL', 'mmol/L'],
    mdc: [160184, 160020, 160368], loinc: ['99504-3', '105272-9', '41653-7', '2339-0'], plausible: { min: 20, max: 600 },
    sensorValid: { min: 10, max: 1000 }, ...live(null, 1800, 900), colour: VIOLET },
  { ...PLAIN, key: 'weight', label: 'Wt', name: 'Body weight', contract: 'episodic', unit: 'kg', units: ['kg', 'g', '[lb_av]'],
    decimals: 1, mdc: [188736], loinc: ['29463-7'], plausible: { min: 2, max: 400 }, sensorValid: { min: 0.2, max: 650 },
    ...aged(129600), colour: NEUTRAL },
  { ...PLAIN, key: 'perfusionIndex', label: 'PI', name: 'Perfusion index', contract: 'periodic', unit: '%', units: ['%'], decimals: 1,
    mdc: [150448], loinc: ['61006-3'], plausible: { min: 0.02, max: 20 }, ...live(15, 60), colour: CYAN },
  { ...PLAIN, key: 'supplementalOxygen', label: 'O2', name: 'Supplemental oxygen', contract: 'manual', unit: 'L/min', units: ['L/min', '%'],
    mdc: [], loinc: ['3151-8', '3150-0'], plausible: { min: 0, max: 80 }, ...aged(14400),
    colour: NEUTRAL },
  // Ours, beyond the reference table, which has cuff codes only: an invasive line is another sensor and must not pass for a cuff.
  // It speaks all the time, so it goes stale as the other values of a bedside monitor.
  { ...PLAIN, key: 'abpSystolic', label: 'ABP SYS', name: 'Systolic arterial pressure (invasive)', contract: 'periodic', unit: 'mm[Hg]', units: ['mm[Hg]'],
    mdc: [150037], loinc: ['8480-6'], plausible: { min: 40, max: 270 }, sensorValid: { min: 20, max: 300 }, ...live(15, 60), colour: ROSE },
  { ...PLAIN, key: 'abpDiastolic', label: 'ABP DIA', name: 'Diastolic arterial pressure (invasive)', contract: 'periodic', unit: 'mm[Hg]', units: ['mm[Hg]'],
    mdc: [150038], loinc: ['8462-4'], plausible: { min: 10, max: 210 }, sensorValid: { min: 10, max: 220 }, ...live(15, 60), colour: ROSE },
  { ...PLAIN, key: 'abpMean', label: 'ABP MAP', name: 'Mean arterial pressure (invasive)', contract: 'periodic', unit: 'mm[Hg]', units: ['mm[Hg]'],
    mdc: [150039], loinc: ['8478-0'], plausible: { min: 20, max: 230 }, sensorValid: { min: 10, max: 260 }, ...live(15, 60), colour: ROSE },
];

/** Every vital by its key. Without a prototype: a key that came over the wire finds a vital or nothing. */
export const VITALS: Readonly<Record<string, Vital>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, Vital>, Object.fromEntries(ROWS.map((row) => [row.key, row]))),
);

function live(staleAfterS: number | null, lostAfterS: number, agedAfterS: number | null = null): Staleness {
  return { staleAfterS, lostAfterS, agedAfterS, showAgeAlways: false };
}

function aged(agedAfterS: number): Staleness {
  return { staleAfterS: null, lostAfterS: null, agedAfterS, showAgeAlways: true };
}
