// SPDX-License-Identifier: Apache-2.0
/** A line breaks wherever readings are missing, and only there; what has no signed reason says so. */
import { expect, it } from 'vitest';
import type { Trend, TrendGap, TrendSeries } from '../../history/trend.ts';
import { inOrder, lineOf, nearestPoint } from './trend-line.ts';

const RANGE = { fromMs: 0, toMs: 100_000 };

function trendOf(gaps: TrendGap[] = [], corrections: Trend['corrections'] = []) {
  return { toMs: RANGE.toMs, gaps, corrections };
}

function seriesAt(times: number[], vital = 'spo2'): TrendSeries {
  const each = <T>(value: T) => times.map(() => value);
  return {
    vital,
    device: 'oxi-1',
    unit: '%',
    times,
    values: each('97'),
    absent: each(null),
    flags: each(0),
    ids: each('s/1'),
    sealed: each(1 as const),
    corrected: false,
  };
}
const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => 1000 * (from + i));

it('draws through readings that follow each other', () => {
  const line = lineOf(seriesAt(seconds(0, 100)), trendOf(), RANGE.toMs);
  expect([line.numbers.includes(null), line.holes]).toEqual([false, []]);
});

it('breaks at a signed gap, and gives its reason', () => {
  const gap = { device: 'oxi-1', fromMs: 10_000, toMs: 40_000, evidence: 'link-lost' } as const;
  const line = lineOf(seriesAt([...seconds(0, 10), ...seconds(40, 100)]), trendOf([gap]), RANGE.toMs);
  expect(line.holes).toEqual([{ fromMs: 10_000, toMs: 40_000, reason: 'link-lost' }]);
  expect(line.numbers[10]).toBeNull();
  expect(line.points[10]).toBeNull();
});

it('breaks where nothing explains the silence, up to now and not beyond', () => {
  const line = lineOf(seriesAt(seconds(0, 50)), trendOf(), 80_000);
  expect(line.holes).toEqual([{ fromMs: 49_000, toMs: 80_000, reason: 'unexplained' }]);
});

it('leaves out gaps of another sensor, and those in which no reading was due', () => {
  const gap = { fromMs: 1_000, toMs: 4_000, evidence: 'cadence-missed' } as const;
  const rare = seriesAt([0, 30_000, 60_000, 90_000], 'bpSystolic');
  expect(lineOf(rare, trendOf([{ ...gap, device: 'oxi-1' }]), RANGE.toMs).holes).toEqual([]);
  expect(lineOf(seriesAt(seconds(0, 100)), trendOf([{ ...gap, device: 'other' }]), RANGE.toMs).holes).toEqual([]);
});

it('breaks where readings were marked as wrong, of this vital or of all, and says so; not in the line of the marked ones', () => {
  const range = {
    fromMs: 10_000,
    toMs: 20_000,
    correction: 'c',
    reason: 'in-error',
    by: 'Ada',
    why: 'off',
    atMs: 0,
    withdrawn: null,
  } as const;
  const rest = [...seconds(0, 10), ...seconds(21, 100)];
  const hole = { fromMs: 10_000, toMs: 20_000, reason: 'corrected' };
  for (const vital of ['spo2', null])
    expect(lineOf(seriesAt(rest), trendOf([], [{ ...range, vital }]), RANGE.toMs).holes).toEqual([hole]);
  const other = lineOf(seriesAt(seconds(0, 100)), trendOf([], [{ ...range, vital: 'temperature' }]), RANGE.toMs);
  expect([other.numbers.includes(null), other.holes]).toEqual([false, []]);
  const back = { ...range, vital: 'spo2', withdrawn: { by: 'Ben', why: 'on', atMs: 1 } };
  expect(lineOf(seriesAt(seconds(0, 100)), trendOf([], [back]), RANGE.toMs).holes).toEqual([]);
  const marked = { ...seriesAt(seconds(10, 21)), corrected: true };
  expect(lineOf(marked, trendOf([], [{ ...range, vital: null }]), 21_000).holes).toEqual([]);
});

it('orders as the tile does, and finds the nearest point', () => {
  const vitals = ['weight', 'temperature', 'spo2', 'heartRate'];
  expect(inOrder(vitals.map((vital) => seriesAt([0], vital))).map(({ vital }) => vital)).toEqual(vitals.toReversed());
  expect([nearestPoint([0, 10, 20], 14), nearestPoint([0, 10, 20], 99), nearestPoint([], 1)]).toEqual([1, 2, -1]);
});
