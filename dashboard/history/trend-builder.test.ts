// SPDX-License-Identifier: Apache-2.0
/** A trend keeps every peak and every hole, whatever it leaves out, and never more than three points a column. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import type { Columns, RecordReading } from '../../ledger/index.ts';
import { openColumns, packColumns } from '../../ledger/record/columns.ts';
import type { Trend } from './trend.ts';
import { TrendBuilder } from './trend-builder.ts';
import { UnsealedHead } from './unsealed-head.ts';

const HOUR = 3_600_000;
const DAY = { fromMs: 0, toMs: 24 * HOUR };

function readingOf(change: Partial<RecordReading> & { text?: number }): RecordReading {
  const { text, ...rest } = change;
  return {
    vital: 'spo2',
    unit: '%',
    mdc: 150456,
    flags: 0,
    boot: '0'.repeat(16),
    monotonicMs: 0,
    correctedMs: 0,
    timeQuality: 'received',
    device: 'oxi-1',
    session: '1'.repeat(16),
    sequence: 1,
    ...(text === undefined ? { absent: 'no-signal' as const } : { value: { mantissa: text, exponent: -1 } }),
    ...rest,
  } as RecordReading;
}

/** The readings as a sealed batch gives them. */
function columnsOf(readings: readonly RecordReading[]): Columns {
  return openColumns(packColumns(new Uint8Array(), readings));
}

function trendOf(range: { fromMs: number; toMs: number }, readings: readonly RecordReading[]) {
  const builder = new TrendBuilder(range);
  builder.takeColumns(columnsOf(readings));
  return builder.build();
}

it('keeps exact texts, and every reading of an hour at 1 Hz', () => {
  const readings = Array.from({ length: 3600 }, (_, i) =>
    readingOf({ text: 970 + (i % 3), correctedMs: i * 1000, sequence: i }),
  );
  const { series, thinned } = trendOf({ fromMs: 0, toMs: HOUR }, readings);
  expect(thinned).toBe(false);
  expect(series).toHaveLength(1);
  expect(series[0]!.values.slice(0, 3)).toEqual(['97.0', '97.1', '97.2']);
  expect(series[0]!.ids[3599]).toBe(`${'1'.repeat(16)}/3599`);
});

it('keeps readings that a correction stands over apart, of that vital sign and time only, and none for one that was taken back', () => {
  const readings = [1, 2, 3, 4].map((text) => readingOf({ text, correctedMs: 10 * text, sequence: text }));
  const other = readingOf({ text: 5, correctedMs: 20, sequence: 5, vital: 'pulseRate' });
  const words = { by: 'Ada', why: 'off', atMs: 0 };
  const said = { correction: 'c', vital: 'spo2', reason: 'in-error', ...words, withdrawn: null } as const;
  const back = { ...said, fromMs: 0, toMs: 40, withdrawn: words };
  const builder = new TrendBuilder({ fromMs: 0, toMs: HOUR }, [{ ...said, fromMs: 20, toMs: 30 }, back]);
  builder.takeColumns(columnsOf([...readings.slice(0, 2), other]));
  for (const reading of readings.slice(2)) builder.takeUnsealed(reading);
  const { series, corrections } = builder.build();
  expect(series.map(({ vital, corrected, values }) => [vital, corrected, values])).toEqual([
    ['pulseRate', false, ['0.5']],
    ['spo2', false, ['0.1', '0.4']],
    ['spo2', true, ['0.2', '0.3']],
  ]);
  expect(corrections).toHaveLength(2);
});

it('says that it left something out', () => {
  const at = [1, 2, 3].map((text) => readingOf({ text, correctedMs: 5 }));
  expect(trendOf(DAY, at).thinned).toBe(true);
  expect(trendOf(DAY, at.slice(1)).thinned).toBe(false);
});

it('shows a gap that reaches into the range, and none outside', () => {
  const builder = new TrendBuilder({ fromMs: 100, toMs: 200 });
  const gap = { device: 'oxi-1', evidence: 'link-lost' as const };
  for (const [fromMs, toMs] of [
    [0, 99],
    [50, 150],
    [201, 300],
  ] as const)
    builder.takeGap({ ...gap, fromMs, toMs });
  expect(builder.build().gaps).toEqual([{ ...gap, fromMs: 50, toMs: 150 }]);
});

it('says which points are in no sealed batch yet, and shows a reading once that was sealed meanwhile', () => {
  const [sealed, meanwhile, open] = [1, 2, 3].map((n) => readingOf({ text: n, correctedMs: 1000 * n, sequence: n }));
  const columns = columnsOf([sealed!, meanwhile!]);
  const head = new UnsealedHead([meanwhile!, open!]);
  head.sealedIn(columns);
  const builder = new TrendBuilder({ fromMs: 0, toMs: HOUR });
  builder.takeColumns(columns);
  for (const reading of head.readings()) builder.takeUnsealed(reading);
  const [series] = builder.build().series;
  expect(series!.values).toEqual(['0.1', '0.2', '0.3']);
  expect(series!.sealed).toEqual([1, 1, 0]);
});

const anyReading = fc
  .record({
    text: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
    correctedMs: fc.integer({ min: -1000, max: DAY.toMs + 1000 }),
    sequence: fc.nat(),
    vital: fc.constantFrom('spo2', 'pulseRate'),
  })
  .map((change) => readingOf(change as Parameters<typeof readingOf>[0]));

test.prop([fc.array(anyReading, { maxLength: 200 })])(
  'is the same from columns and from readings one by one, but for what is sealed',
  (all) => {
    const builder = new TrendBuilder(DAY);
    for (const reading of all) builder.takeUnsealed(reading);
    const points = ({ series, ...rest }: Trend) => ({
      ...rest,
      series: series.map((each) => ({ ...each, sealed: [] })),
    });
    expect(points(builder.build())).toEqual(points(trendOf(DAY, all)));
  },
);

test.prop([fc.array(anyReading, { maxLength: 200 })])(
  'has the extremes that a plain look at all readings finds',
  (all) => {
    const { series } = trendOf(DAY, all);
    const inside = all.filter(({ correctedMs }) => correctedMs >= 0 && correctedMs <= DAY.toMs);
    const plain = Map.groupBy(inside, ({ vital }) => vital);
    expect(series.map(({ vital }) => vital)).toEqual([...plain.keys()].sort());
    for (const { vital, values, absent, times } of series) {
      const given = plain.get(vital)!;
      const numbers = given.flatMap(({ value }) => (value ? [value.mantissa / 10] : []));
      const shown = values.flatMap((value) => (value === null ? [] : [Number(value)]));
      expect(Math.max(...shown)).toBe(Math.max(...numbers));
      expect(Math.min(...shown)).toBe(Math.min(...numbers));
      expect(absent.some((reason) => reason !== null)).toBe(given.some(({ value }) => value === undefined));
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  },
);
