// SPDX-License-Identifier: Apache-2.0
/** What a trend draws: the points of one series, broken wherever readings are missing, and the holes with their reasons. */
import type { Trend, TrendGap, TrendRange, TrendSeries } from '../../history/trend.ts';
import type { Messages } from '../messages/messages.ts';

export type HoleReason = keyof Messages['trend']['holes'];

export interface Hole extends TrendRange {
  readonly reason: HoleReason;
}

export interface Line {
  /** Ms since 1970, rising; a null in `numbers` breaks the line. */
  readonly times: readonly number[];
  readonly numbers: readonly (number | null)[];
  /** Position in the series; null for a break that is no reading. */
  readonly points: readonly (number | null)[];
  readonly holes: readonly Hole[];
}

/** Silence longer than so many usual distances is a hole, signed or not. */
const SILENT_DISTANCES = 5;
// biome-ignore format: one line reads as one order
const ORDER = ['heartRate', 'pulseRate', 'spo2', 'respiratoryRate', 'temperature', 'bpSystolic', 'bpDiastolic', 'bpMean', 'glucose'];

/** @param nowMs ward time: what lies beyond it is not missing yet */
export function lineOf(series: TrendSeries, trend: Pick<Trend, 'gaps' | 'corrections' | 'toMs'>, nowMs: number): Line {
  const usualMs = usualDistance(series.times);
  const limitMs = SILENT_DISTANCES * usualMs;
  // A sensor that was silent for seconds missed no blood pressure that comes every quarter of an hour.
  const due = ({ fromMs, toMs }: TrendGap) => usualMs === Number.POSITIVE_INFINITY || toMs - fromMs >= usualMs;
  const own: Hole[] = trend.gaps
    .filter((gap) => gap.device === series.device && due(gap))
    .map(({ fromMs, toMs, evidence }) => ({ fromMs, toMs, reason: evidence }));
  if (!series.corrected) own.push(...correctedHoles(series.vital, trend.corrections));
  const times: number[] = [];
  const numbers: (number | null)[] = [];
  const points: (number | null)[] = [];
  const holes = [...own];
  const breakAt = (time: number) => {
    times.push(time);
    numbers.push(null);
    points.push(null);
  };
  const endMs = Math.min(trend.toMs, nowMs);
  for (const [i, time] of series.times.entries()) {
    const value = series.values[i] ?? null;
    times.push(time);
    numbers.push(value === null ? null : Number(value));
    points.push(i);
    const next = series.times[i + 1] ?? endMs;
    const signed = own.filter(({ fromMs, toMs }) => fromMs < next && toMs > time);
    const silent = next - time > limitMs;
    if (silent && signed.length === 0) holes.push({ fromMs: time, toMs: next, reason: 'unexplained' });
    if ((silent || signed.length > 0) && next > time + 1) breakAt(time + (next - time) / 2);
  }
  return { times, numbers, points, holes: holes.sort((a, b) => a.fromMs - b.fromMs) };
}

function correctedHoles(vital: string, corrections: Trend['corrections']): Hole[] {
  const own = corrections.filter((each) => !each.withdrawn && (each.vital === null || each.vital === vital));
  return own.map(({ fromMs, toMs }) => ({ fromMs, toMs, reason: 'corrected' }));
}

/** The middle one of all distances between neighbours; infinite for fewer than three points, which say nothing of a rhythm. */
function usualDistance(times: readonly number[]): number {
  if (times.length < 3) return Number.POSITIVE_INFINITY;
  const distances = times.slice(1).map((time, i) => time - times[i]!);
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)]!;
}

/** In the order of the tile; what it has no place for comes last, by name. */
export function inOrder(series: readonly TrendSeries[]): TrendSeries[] {
  const rank = ({ vital }: TrendSeries) => (ORDER.includes(vital) ? ORDER.indexOf(vital) : ORDER.length);
  return series.toSorted((a, b) => rank(a) - rank(b));
}

/** The position of the point nearest to a time; -1 if there is none. */
export function nearestPoint(times: readonly number[], time: number): number {
  let best = -1;
  for (const [i, each] of times.entries()) {
    if (best < 0 || Math.abs(each - time) < Math.abs(times[best]! - time)) best = i;
  }
  return best;
}
