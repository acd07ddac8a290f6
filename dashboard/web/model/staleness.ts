// SPDX-License-Identifier: Apache-2.0
/** May a number look alive? Three steps, live, dimmed, lost, each with the reason that is said in words. */
import { FLAG } from '../../../devices/reading.ts';
import type { LiveReading } from '../../../gateway/messages.ts';
import type { Messages } from '../messages/messages.ts';
import type { Moment } from './moment.ts';

export type Step = 'live' | 'dimmed' | 'lost';
type Reason = keyof Messages['reasons'];

export interface Judgement {
  readonly step: Step;
  readonly reason: Reason | null;
  /** null while ward time is not known. */
  readonly ageMs: number | null;
}

export function judge(reading: LiveReading, moment: Moment, sensorLink: 'up' | 'down'): Judgement {
  const { staleAfterMs, lostAfterMs } = reading;
  const ageMs = ageOf(reading, moment);
  const transport = !moment.gateway ? 'gateway' : sensorLink === 'down' ? 'sensor-gone' : 'sensor-silent';
  const absent = absentReason(reading);
  // An episodic value stays true at its age; it is dimmed, because nobody knows whether a newer one exists.
  const unwatched: Step = staleAfterMs === null && absent === null ? 'dimmed' : 'lost';
  if (!moment.station || ageMs === null) return { step: unwatched, reason: 'station', ageMs };
  if (lostAfterMs !== null && ageMs > lostAfterMs) return { step: 'lost', reason: transport, ageMs };
  if (absent !== null) return { step: 'lost', reason: absent, ageMs };
  if (staleAfterMs !== null && ageMs > staleAfterMs) return { step: 'dimmed', reason: transport, ageMs };
  if (!moment.gateway) return { step: 'dimmed', reason: 'gateway', ageMs };
  if ((reading.flags & FLAG.late) !== 0) return { step: 'dimmed', reason: 'late', ageMs };
  return { step: 'live', reason: null, ageMs };
}

/** The older of its two times counts: back-filled values are old, and a device clock that runs ahead makes nothing young. */
function ageOf({ measuredMs, receivedMs }: LiveReading, { wardMs }: Moment): number | null {
  return wardMs === null ? null : Math.max(0, wardMs - Math.min(measuredMs, receivedMs));
}

const ABSENT_REASONS: readonly string[] = [
  'unknown',
  'not-measured',
  'no-signal',
  'sensor-off',
  'sensor-error',
  'above-range',
  'below-range',
  'calibrating',
  'masked',
  'corrected',
] satisfies (Reason extends infer R ? (R extends `absent:${infer A}` ? A : never) : never)[];

function absentReason(reading: LiveReading): Reason | null {
  if ((reading.flags & FLAG.sensorInvalid) !== 0) return 'sensor-invalid';
  if (reading.value !== null) return null;
  return ABSENT_REASONS.includes(reading.absent ?? '') ? (`absent:${reading.absent}` as Reason) : 'absent:unknown';
}
