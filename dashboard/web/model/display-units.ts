// SPDX-License-Identifier: Apache-2.0
/** Numbers in the ward's units, for display only: exact decimals, rounded once at the end. The record keeps the device's own. */

/** UCUM unit wanted for each quantity; null: as the device gave it. */
export interface UnitChoice {
  readonly temperature: 'Cel' | '[degF]' | null;
  readonly glucose: 'mmol/L' | 'mg/dL' | null;
  readonly pressure: 'mm[Hg]' | 'kPa' | null;
}

/** What may be chosen, in the order in which it is offered. */
export const UNIT_CHOICES = {
  temperature: ['Cel', '[degF]'],
  glucose: ['mmol/L', 'mg/dL'],
  pressure: ['mm[Hg]', 'kPa'],
} as const satisfies Record<keyof UnitChoice, readonly string[]>;

export const DEVICE_UNITS: UnitChoice = { temperature: null, glucose: null, pressure: null };

export interface Shown {
  readonly value: string;
  /** As people write it. */
  readonly unit: string;
}

/** shown = (given x times + plus) / per, with so many decimals. */
interface Conversion {
  readonly times: bigint;
  readonly per: bigint;
  readonly plus: bigint;
  readonly decimals: number;
}

/** 1 mmHg = 133.322387415 Pa (ISO 80000-4); 1 mmol/L of glucose = 18.016 mg/dL. */
const CONVERSIONS: Record<string, Conversion> = {
  'Cel>[degF]': { times: 9n, per: 5n, plus: 160n, decimals: 1 },
  '[degF]>Cel': { times: 5n, per: 9n, plus: -160n, decimals: 1 },
  'mg/dL>mmol/L': { times: 1000n, per: 18_016n, plus: 0n, decimals: 1 },
  'mmol/L>mg/dL': { times: 18_016n, per: 1000n, plus: 0n, decimals: 0 },
  'mm[Hg]>kPa': { times: 133_322_387_415n, per: 1_000_000_000_000n, plus: 0n, decimals: 1 },
  'kPa>mm[Hg]': { times: 1_000_000_000_000n, per: 133_322_387_415n, plus: 0n, decimals: 0 },
};
const WORDS: Record<string, string> = { 'mm[Hg]': 'mmHg', Cel: '°C', '[degF]': '°F', '[lb_av]': 'lb' };

/** A decimal text in the unit that the ward wants. What needs no conversion stays exactly as it is. */
export function shownValue(value: string, unit: string, choice: UnitChoice): Shown {
  const wanted = wantedUnit(unit, choice);
  const conversion = CONVERSIONS[`${unit}>${wanted}`];
  return { value: conversion ? converted(value, conversion) : value, unit: unitWords(conversion ? wanted : unit) };
}

/** The unit as people write it, after the ward's choice. */
export function shownUnit(unit: string, choice: UnitChoice): string {
  return unitWords(wantedUnit(unit, choice));
}

export function unitWords(ucum: string): string {
  return WORDS[ucum] ?? ucum;
}

function wantedUnit(unit: string, choice: UnitChoice): string {
  const quantities = Object.keys(UNIT_CHOICES) as (keyof UnitChoice)[];
  const quantity = quantities.find((each) => (UNIT_CHOICES[each] as readonly string[]).includes(unit));
  return (quantity && choice[quantity]) ?? unit;
}

function converted(value: string, { times, per, plus, decimals }: Conversion): string {
  const [whole = '0', fraction = ''] = value.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const given = BigInt(whole + fraction);
  return rounded(given * times + plus * scale, scale * per, decimals);
}

/** numerator / denominator with so many decimals, halves away from zero. */
function rounded(numerator: bigint, denominator: bigint, decimals: number): string {
  const sign = numerator < 0n ? '-' : '';
  const size = (numerator < 0n ? -numerator : numerator) * 10n ** BigInt(decimals);
  const digits = String((2n * size + denominator) / (2n * denominator)).padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return /[1-9]/.test(text) ? sign + text : text;
}
