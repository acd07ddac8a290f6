// SPDX-License-Identifier: Apache-2.0
/** What the board is told: the newest value only, never a late one, and never a number that no sensor can have measured. */
import { describe, expect, it } from 'vitest';
import { FLAG, type Reading, VITALS } from '../../devices/index.ts';
import { Ward } from '../ward/ward-state.ts';
import { Live } from './live.ts';

const STAY = 'ab'.repeat(16);
const NOBODY = 'cd'.repeat(16);

function open(intervalMs = 1000) {
  const ward = new Ward(['1'], { stays: [], links: [] });
  ward.apply(ward.admit('1', STAY, null, 0));
  ward.apply(ward.link('wear-1', STAY, 0, 'nurse', false));
  return { ward, live: new Live({ ward: () => ward, intervalMsOf: () => intervalMs, wallMsAt: (ms) => 5000 + ms }) };
}

function reading(mantissa: number, correctedMs: number, more: Partial<Reading> = {}): Reading {
  return {
    vital: 'spo2',
    value: { mantissa, exponent: 0 },
    unit: '%',
    mdc: 150456,
    session: '00000000000000e0',
    sequence: 0,
    flags: 0,
    raw: new Uint8Array(),
    device: 'wear-1',
    stay: STAY,
    boot: '00000000000000b0',
    monotonicMs: 0.4,
    correctedMs,
    timeQuality: 'received',
    ...more,
  };
}

describe('live', () => {
  it('tells the newest value of each vital once, whatever order they come in', () => {
    const { live } = open();
    live.take([reading(96, 2), reading(97, 3), reading(95, 1), reading(366, 1, { vital: 'temperature' })]);
    expect(live.news().map(({ vital, value }) => [vital, value])).toEqual([
      ['spo2', '97'],
      ['temperature', '366'],
    ]);
    expect(live.news()).toEqual([]);
    live.take([reading(94, 2)]);
    expect(live.news()).toEqual([]);
    live.take([reading(93, 3)]);
    expect(live.news().map(({ value }) => value)).toEqual(['93']);
  });

  it('takes away the values that a correction stands over, and no other, for boards that come later too', () => {
    const { live } = open();
    live.take([reading(96, 5), reading(120, 5, { vital: 'bpSystolic', device: 'cuff-1' })]);
    live.take([reading(91, 5, { device: 'wear-2', stay: NOBODY }), reading(366, 9, { vital: 'temperature' })]);
    live.news();
    expect(live.correct({ stay: STAY, vital: 'bpSystolic', fromMs: 0, toMs: 4 })).toEqual([]);
    expect(live.correct({ stay: STAY, vital: 'bpSystolic', fromMs: 5, toMs: 5 })).toMatchObject([
      { vital: 'bpSystolic', value: null, absent: 'corrected', measuredMs: 5 },
    ]);
    expect(live.correct({ stay: STAY, fromMs: 0, toMs: 8 }).map(({ vital }) => vital)).toEqual(['spo2', 'bpSystolic']);
    expect(live.snapshot().map(({ vital, value }) => [vital, value])).toEqual([
      ['spo2', null],
      ['temperature', '366'],
    ]);
    live.take([reading(97, 6)]);
    expect(live.news()).toMatchObject([{ vital: 'spo2', value: '97', absent: null }]);
  });

  it('shows a value again once no correction stands over it, unless a newer one came', () => {
    const { live } = open();
    live.take([reading(96, 5), reading(120, 5, { vital: 'bpSystolic' })]);
    live.take([reading(91, 5, { device: 'wear-2', stay: NOBODY })]);
    live.news();
    const all = { stay: STAY, fromMs: 0, toMs: 9 };
    for (const what of [all, { ...all, vital: 'spo2' }, { ...all, stay: NOBODY }]) live.correct(what);
    expect(live.restore(STAY, [{ ...all, vital: 'spo2' }])).toMatchObject([{ vital: 'bpSystolic', value: '120' }]);
    expect(live.restore(STAY, [{ ...all, vital: 'spo2' }])).toEqual([]);
    live.take([reading(97, 6)]);
    live.news();
    expect(live.restore(STAY, [])).toEqual([]);
    expect(live.restore(NOBODY, [])).toMatchObject([{ device: 'wear-2', value: '91' }]);
    const byVital = live.snapshot().map(({ vital, value }) => `${vital} ${value}`);
    expect(byVital.sort()).toEqual(['bpSystolic 120', 'spo2 97']);
  });

  it('keeps two sensors of one vital apart', () => {
    const { live } = open();
    live.take([reading(96, 1), reading(97, 1, { device: 'wear-2' })]);
    expect(live.news().map(({ device, value }) => [device, value])).toEqual([
      ['wear-1', '96'],
      ['wear-2', '97'],
    ]);
  });

  it('never shows what arrived late', () => {
    const { live } = open();
    live.take([reading(96, 1, { flags: FLAG.late })]);
    expect([live.news(), live.snapshot()]).toEqual([[], []]);
  });

  it('shows no number outside what the sensor can measure, but an implausible one with its flag', () => {
    const { live } = open();
    live.take([
      reading(101, 1, { flags: FLAG.sensorInvalid }),
      reading(5, 1, { vital: 'heartRate', flags: FLAG.implausible }),
    ]);
    expect(live.news().map(({ value, absent, flags }) => [value, absent, flags])).toEqual([
      [null, 'sensor-error', FLAG.sensorInvalid],
      ['5', null, FLAG.implausible],
    ]);
  });

  it('shows why there is no number, and the decimals as the device sent them', () => {
    const { live } = open();
    const { value: _, ...absent } = reading(0, 1, { absent: 'no-signal' });
    live.take([absent, reading(0, 1, { vital: 'temperature', value: { mantissa: 3660, exponent: -2 } })]);
    expect(live.news().map(({ value, absent: why }) => [value, why])).toEqual([
      [null, 'no-signal'],
      ['36.60', null],
    ]);
  });

  it('gives receive time by the wall clock, and the limits after which a value is stale: the vital’s, or 2.5 intervals', () => {
    const { staleAfterS, lostAfterS } = VITALS['spo2']!;
    const quick = open(1000).live;
    quick.take([reading(96, 1, { monotonicMs: 10 })]);
    expect(quick.news()[0]).toMatchObject({
      receivedMs: 5010,
      measuredMs: 1,
      staleAfterMs: 1000 * staleAfterS!,
      lostAfterMs: 1000 * lostAfterS!,
    });
    const slow = open(60_000).live;
    slow.take([reading(96, 1)]);
    expect(slow.news()[0]).toMatchObject({ staleAfterMs: 150_000, lostAfterMs: 150_000 });
    slow.take([reading(120, 1, { vital: 'bpSystolic' })]);
    expect(slow.news()[0]).toMatchObject({ staleAfterMs: null, lostAfterMs: null });
  });

  it('shows nothing more of a person who has left the bed, neither as news nor in the snapshot', () => {
    const { ward, live } = open();
    live.take([reading(96, 1)]);
    live.news();
    ward.apply(ward.discharge('1', 2));
    live.take([reading(97, 2)]);
    expect([live.news(), live.snapshot()]).toEqual([[], []]);
  });

  it('gives a board that just came the newest values under the stay of each sensor now, or under nobody', () => {
    const { ward, live } = open();
    ward.apply(ward.meet('wear-2', NOBODY, 0));
    live.take([reading(96, 1), reading(88, 1, { device: 'wear-2', stay: NOBODY })]);
    expect(live.snapshot()).toEqual([]);
    live.news();
    const shown = () => live.snapshot().map(({ device, bed }) => [device, bed]);
    expect(shown()).toEqual([
      ['wear-1', '1'],
      ['wear-2', null],
    ]);
    ward.apply(ward.link('wear-2', STAY, 2, 'nurse', false));
    expect(shown()).toEqual([['wear-1', '1']]);
    ward.apply(ward.discharge('1', 3));
    live.take([reading(87, 4, { device: 'wear-2', stay: NOBODY })]);
    live.news();
    expect(shown()).toEqual([['wear-2', null]]);
  });

  it('tells at most 1,024 values at once, and the rest with the next news', () => {
    const { live } = open();
    live.take(Array.from({ length: 1500 }, (_, i) => reading(96, 1, { device: `wear-${i}` })));
    expect([live.news().length, live.news().length, live.news().length]).toEqual([1024, 476, 0]);
  });

  it('forgets the oldest beyond 8,192 values', () => {
    const { live } = open();
    live.take(Array.from({ length: 8193 }, (_, i) => reading(96, 1, { device: `wear-${i}` })));
    while (live.news().length > 0);
    live.take([reading(90, 0, { device: 'wear-0' }), reading(91, 0, { device: 'wear-1' })]);
    expect(live.news().map(({ device }) => device)).toEqual(['wear-0']);
  });
});
