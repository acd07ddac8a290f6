// SPDX-License-Identifier: Apache-2.0
/** A point of a trend in words, as it stands under the line, in the table and in a screen reader. */
import { FLAG } from '../../../devices/reading.ts';
import type { TrendSeries } from '../../history/trend.ts';
import { t } from '../messages/messages.ts';
import { shownValue, type UnitChoice } from '../model/display-units.ts';
import { comesTwice } from '../model/local-input.ts';

const time = new Intl.DateTimeFormat(t.locale, { dateStyle: 'medium', timeStyle: 'medium' });

const zone = new Intl.DateTimeFormat(t.locale, { hour: 'numeric', timeZoneName: 'short' });

/** Local time; its zone stands above all charts, and beside each time that comes twice. */
export function timeWords(atMs: number): string {
  return comesTwice(atMs) ? `${time.format(atMs)} ${zoneName(zone, atMs)}` : time.format(atMs);
}

/** @param format one that writes a zone */
export function zoneName(format: Intl.DateTimeFormat, atMs: number): string {
  return format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

export function pointWords(series: TrendSeries, at: number, choice: UnitChoice): string {
  const notes = notesOf(series, at);
  const value = valueWords(series, at, choice);
  return [`${value}, ${timeWords(series.times[at] ?? 0)}`, ...notes].join(', ');
}

export function valueWords({ values, absent, unit }: TrendSeries, at: number, choice: UnitChoice): string {
  const value = values[at];
  if (value == null) {
    const reason = `absent:${absent[at]}` as keyof typeof t.reasons;
    return `${t.tile.noValue}: ${t.reasons[reason] ?? t.reasons['absent:unknown']}`;
  }
  const shown = shownValue(value, unit, choice);
  return `${shown.value} ${shown.unit}`;
}

export function notesOf({ flags, sealed }: TrendSeries, at: number): string[] {
  const flag = flags[at] ?? 0;
  return [
    ...((flag & FLAG.implausible) === 0 ? [] : [t.marks.implausible]),
    ...((flag & FLAG.weakSignal) === 0 ? [] : [t.marks.weak]),
    ...((flag & FLAG.sensorInvalid) === 0 ? [] : [t.reasons['sensor-invalid']]),
    ...((flag & FLAG.late) === 0 ? [] : [t.reasons.late]),
    ...(sealed[at] === 0 ? [t.trend.notSealed] : []),
  ];
}
