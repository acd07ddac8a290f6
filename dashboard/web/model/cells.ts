// SPDX-License-Identifier: Apache-2.0
/** The six places of a tile: always the same vital in the same place, whatever comes and goes. */
import { FLAG } from '../../../devices/reading.ts';
import type { LiveReading } from '../../../gateway/messages.ts';
import type { Messages } from '../messages/messages.ts';
import { DEVICE_UNITS, shownUnit, shownValue, type UnitChoice } from './display-units.ts';
import type { Moment } from './moment.ts';
import { type Judgement, judge, type Step } from './staleness.ts';

const PLACES = ['heart', 'spo2', 'resp', 'temp', 'bp', 'other'] as const;
type Place = (typeof PLACES)[number];

export interface Cell extends Judgement {
  readonly place: Place;
  /** Key of the vital shown, or of the one that belongs here when nothing is. */
  readonly vital: string;
  /** Exactly as the device gave it; null in step lost and when nothing was ever measured. */
  readonly value: string | null;
  /** The mean beside a blood pressure. */
  readonly extra: string | null;
  readonly unit: string;
  readonly marks: readonly (keyof Messages['marks'])[];
  /** Further vitals that share this place and are not shown. */
  readonly more: number;
  /** false: nothing was ever measured here. */
  readonly measured: boolean;
}

/** Which vitals belong where, best first. What is in no list goes to `other`. */
const VITALS: Record<Exclude<Place, 'other'>, readonly [string, ...string[]]> = {
  heart: ['heartRate', 'pulseRate'],
  spo2: ['spo2'],
  resp: ['respiratoryRate'],
  temp: ['temperature'],
  bp: ['bpSystolic'],
};
const PAIRED = ['bpDiastolic', 'bpMean'];
const OTHER = ['glucose', 'perfusionIndex', 'weight', 'supplementalOxygen'];
const SEEN_ELSEWHERE = new Set([...Object.values(VITALS).flat(), ...PAIRED]);
const STEPS: readonly Step[] = ['live', 'dimmed', 'lost'];

export function cellsOf(
  readings: readonly LiveReading[],
  moment: Moment,
  linkOf: (device: string) => 'up' | 'down',
  units: UnitChoice = DEVICE_UNITS,
): Cell[] {
  const judged = readings.map((reading) => ({ reading, ...judge(reading, moment, linkOf(reading.device)) }));
  return PLACES.map((place) => {
    const vitals = place === 'other' ? otherVitals(readings) : VITALS[place];
    const [best, ...rest] = judged
      .filter(({ reading }) => vitals.includes(reading.vital))
      .sort((a, b) => rankOf(a, vitals) - rankOf(b, vitals) || (a.ageMs ?? 0) - (b.ageMs ?? 0));
    if (best === undefined) return emptyCell(place, vitals[0] ?? '');
    const { reading, step, reason, ageMs } = best;
    const write = (value: string) => shownValue(value, reading.unit, units).value;
    const whole =
      place === 'bp' ? pressureOf(reading, readings, write) : { value: written(reading, write), extra: null };
    const shown = step === 'lost' ? null : whole;
    return {
      ...{ place, step, reason, ageMs, measured: true, vital: place === 'bp' ? 'bp' : reading.vital },
      value: shown?.value ?? null,
      extra: shown?.extra ?? null,
      unit: shownUnit(reading.unit, units),
      marks: step === 'lost' ? [] : marksOf(reading.flags),
      more: place === 'other' ? new Set(rest.map((each) => each.reading.vital)).size : 0,
    };
  });
}

/** A live pulse is shown before a lost heart rate; among equals the order of the list decides. */
function rankOf({ reading, step }: Judgement & { reading: LiveReading }, vitals: readonly string[]): number {
  return STEPS.indexOf(step) * vitals.length + vitals.indexOf(reading.vital);
}

/** Systolic, diastolic and mean of one and the same measurement; never of two. */
function pressureOf(
  systolic: LiveReading,
  readings: readonly LiveReading[],
  write: (value: string) => string,
): { value: string; extra: string | null } {
  const part = (vital: string) => {
    const found = readings.find(
      (each) => each.vital === vital && each.device === systolic.device && each.measuredMs === systolic.measuredMs,
    );
    return found && written(found, write);
  };
  const mean = part('bpMean');
  return { value: `${written(systolic, write)}/${part('bpDiastolic') ?? '–'}`, extra: mean ? `(${mean})` : null };
}

function written({ value }: LiveReading, write: (value: string) => string): string | null {
  return value === null ? null : write(value);
}

function otherVitals(readings: readonly LiveReading[]): string[] {
  const unlisted = readings
    .map(({ vital }) => vital)
    .filter((vital) => !SEEN_ELSEWHERE.has(vital) && !OTHER.includes(vital));
  return [...OTHER, ...new Set(unlisted.sort())];
}

function marksOf(flags: number): Cell['marks'] {
  const marks: (keyof Messages['marks'])[] = [];
  if ((flags & FLAG.implausible) !== 0) marks.push('implausible');
  if ((flags & FLAG.weakSignal) !== 0) marks.push('weak');
  return marks;
}

function emptyCell(place: Place, first: string): Cell {
  const vital = place === 'bp' ? 'bp' : place === 'other' ? '' : first;
  return {
    place,
    vital,
    value: null,
    extra: null,
    unit: '',
    marks: [],
    more: 0,
    step: 'live',
    reason: null,
    ageMs: null,
    measured: false,
  };
}
