// SPDX-License-Identifier: Apache-2.0
/** What may look alive, how old it is said to be, where it stands: the board without a browser. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../../devices/reading.ts';
import type { LiveReading, WardMessage } from '../../../gateway/messages.ts';
import { FEED_SILENT_MS_MAX } from '../../feed/feed-message.ts';
import { en } from '../messages/en.ts';
import { ageWords } from './age.ts';
import { cellsOf } from './cells.ts';
import { type Moment, MomentKeeper } from './moment.ts';
import { retryDelayMs } from './retry.ts';
import { judge } from './staleness.ts';
import { gridOf, tilesOf } from './tiles.ts';

const NOW: Moment = { wardMs: 1_000_000, station: true, gateway: true };
const up = () => 'up' as const;

function reading(change: Partial<LiveReading> = {}): LiveReading {
  const measuredMs = change.measuredMs ?? 999_000;
  return {
    ...{ stay: '1'.repeat(32), bed: '1', device: 'oxi-1', vital: 'spo2', value: '97', absent: null, unit: '%' },
    ...{
      receivedMs: measuredMs,
      flags: 0,
      trust: 'C',
      staleAfterMs: 15_000,
      lostAfterMs: 60_000,
      ...change,
      measuredMs,
    },
  };
}
const aged = (ageMs: number, change: Partial<LiveReading> = {}) =>
  reading({ ...change, measuredMs: 1_000_000 - ageMs });
const episodic = { staleAfterMs: null, lostAfterMs: null };

describe('a number', () => {
  it.each([
    ['new', aged(1000), NOW, 'up', 'live', null],
    ['at its limit', aged(15_000), NOW, 'up', 'live', null],
    ['older than its limit', aged(15_001), NOW, 'up', 'dimmed', 'sensor-silent'],
    ['much older', aged(60_001), NOW, 'up', 'lost', 'sensor-silent'],
    ['much older, its sensor gone', aged(60_001), NOW, 'down', 'lost', 'sensor-gone'],
    ['new, its gateway gone', aged(1000), { ...NOW, gateway: false }, 'up', 'dimmed', 'gateway'],
    ['old, its gateway gone', aged(60_001), { ...NOW, gateway: false }, 'down', 'lost', 'gateway'],
    ['new, the station gone', aged(1000), { ...NOW, station: false }, 'up', 'lost', 'station'],
    ['of a time nobody knows', aged(1000), { ...NOW, wardMs: null }, 'up', 'lost', 'station'],
    ['episodic, of yesterday', aged(86_400_000, episodic), NOW, 'up', 'live', null],
    ['episodic, the station gone', aged(86_400_000, episodic), { ...NOW, station: false }, 'up', 'dimmed', 'station'],
    [
      'that the sensor does not give',
      aged(1000, { value: null, absent: 'sensor-off' }),
      NOW,
      'up',
      'lost',
      'absent:sensor-off',
    ],
    [
      'missing for a reason we do not know',
      aged(1000, { value: null, absent: 'x' }),
      NOW,
      'up',
      'lost',
      'absent:unknown',
    ],
    ['that the sensor cannot measure', aged(1000, { flags: FLAG.sensorInvalid }), NOW, 'up', 'lost', 'sensor-invalid'],
    ['that came late', aged(1000, { flags: FLAG.late }), NOW, 'up', 'dimmed', 'late'],
    ['measured long ago, received now', aged(20_000, { receivedMs: 1_000_000 }), NOW, 'up', 'dimmed', 'sensor-silent'],
    ['from the future, received long ago', aged(-9e6, { receivedMs: 900_000 }), NOW, 'up', 'lost', 'sensor-silent'],
  ] as const)('%s', (_name, value, moment, link, step, reason) => {
    expect(judge(value, moment, link)).toMatchObject({ step, reason });
  });

  test.prop([fc.nat(200_000), fc.nat(200_000), fc.boolean(), fc.boolean(), fc.constantFrom('up', 'down')])(
    'never looks more alive later, nor with less of the way to it',
    (ageMs, moreMs, station, gateway, link) => {
      const order = ['live', 'dimmed', 'lost'];
      const now = order.indexOf(judge(aged(ageMs), NOW, link).step);
      expect(
        order.indexOf(judge(aged(ageMs + moreMs), { ...NOW, station, gateway }, link).step),
      ).toBeGreaterThanOrEqual(now);
    },
  );
});

describe('the moment of a screen', () => {
  const beat = { wardMs: 500_000, rate: 60, gateway: 'up' } as const;

  it('follows ward time at its rate and notices five seconds of silence', () => {
    const keeper = new MomentKeeper();
    expect(keeper.at({ monotonicMs: 0, wallMs: 0 })).toEqual({ wardMs: null, station: false, gateway: false });
    keeper.hear({ monotonicMs: 1000, wallMs: 70_000 }, beat);
    expect(keeper.at({ monotonicMs: 2000, wallMs: 71_000 })).toEqual({ wardMs: 560_000, station: true, gateway: true });
    const silent = { monotonicMs: 1000 + FEED_SILENT_MS_MAX, wallMs: 70_000 };
    expect(keeper.at(silent).station).toBe(false);
  });

  it('is not fooled by a machine that slept while its monotonic clock stood still', () => {
    const keeper = new MomentKeeper();
    keeper.hear({ monotonicMs: 1000, wallMs: 70_000 }, { ...beat, rate: 1 });
    expect(keeper.at({ monotonicMs: 1100, wallMs: 670_000 })).toMatchObject({ wardMs: 1_100_000, station: false });
  });
});

describe('an age in words', () => {
  it.each([
    [-5, '0 s ago'],
    [59_999, '59 s ago'],
    [119_000, '1 min ago'],
    [14 * 60_000, '14 min ago'],
    [4.9 * 3_600_000, '4 h ago'],
    [86_400_000, '1 day ago'],
    [3 * 86_400_000, '3 days ago'],
  ])('%d ms', (ageMs, words) => expect(ageWords(ageMs, en.age)).toBe(words));
});

describe('the places of a tile', () => {
  const at = (readings: LiveReading[]) =>
    Object.fromEntries(cellsOf(readings, NOW, up).map((cell) => [cell.place, cell]));

  it('are always six, in one order, whatever there is', () => {
    const order = ['heart', 'spo2', 'resp', 'temp', 'bp', 'other'];
    for (const readings of [[], [reading()], [reading({ vital: 'new-vital' }), reading({ vital: 'bpSystolic' })]]) {
      expect(cellsOf(readings, NOW, up).map(({ place }) => place)).toEqual(order);
    }
    expect(at([])['spo2']).toMatchObject({ measured: false, value: null });
  });

  it('show the text of the device, digit for digit, and no number that is lost', () => {
    expect(at([reading({ vital: 'temperature', value: '36.60', unit: 'Cel' })])['temp']).toMatchObject({
      value: '36.60',
      unit: '°C',
    });
    expect(at([aged(99_000)])['spo2']).toMatchObject({ value: null, step: 'lost' });
  });

  it('prefer a live pulse to a lost heart rate, and the heart rate when both live', () => {
    const pulse = aged(1000, { vital: 'pulseRate', value: '71' });
    expect(at([aged(99_000, { vital: 'heartRate' }), pulse])['heart']).toMatchObject({
      vital: 'pulseRate',
      value: '71',
    });
    expect(at([pulse, aged(2000, { vital: 'heartRate', value: '72' })])['heart']).toMatchObject({
      vital: 'heartRate',
      value: '72',
    });
  });

  it('show a live value of one sensor beside a silent other one', () => {
    expect(at([aged(99_000), aged(1000, { device: 'oxi-2', value: '95' })])['spo2']).toMatchObject({
      step: 'live',
      value: '95',
    });
  });

  it('never mix two measurements of blood pressure', () => {
    const pressure = (vital: string, value: string, ageMs: number) =>
      aged(ageMs, { vital, value, unit: 'mm[Hg]', ...episodic });
    const whole = [pressure('bpSystolic', '132', 5), pressure('bpDiastolic', '84', 5), pressure('bpMean', '94', 5)];
    expect(at(whole)['bp']).toMatchObject({ value: '132/84', extra: '(94)', unit: 'mmHg' });
    expect(at([pressure('bpSystolic', '140', 1), ...whole.slice(1)])['bp']).toMatchObject({
      value: '140/–',
      extra: null,
    });
  });

  it('count what shares the last place, and mark the implausible', () => {
    const cells = at([
      reading({ vital: 'weight' }),
      reading({ vital: 'glucose', flags: FLAG.implausible }),
      reading({ vital: 'x' }),
    ]);
    expect(cells['other']).toMatchObject({ vital: 'glucose', more: 2, marks: ['implausible'] });
  });
});

describe('the tiles', () => {
  const bed = { stay: null, admittedMs: null, name: null };
  const device = { kind: 'x', stay: null, link: 'up', lastSeenMs: 1, trust: 'C' } as const;

  it('are the beds in the ward’s order, then loose sensors that were heard', () => {
    const ward = {
      beds: ['10', '9', 'A'].map((label) => ({ ...bed, bed: label })),
      devices: [
        { ...device, device: 'z1', bed: null },
        { ...device, device: 'on', bed: '9' },
        { ...device, device: 'a1', bed: null },
        { ...device, device: 'new', bed: null, lastSeenMs: null },
      ],
    } as unknown as WardMessage;
    expect(tilesOf(ward).map(({ key }) => key)).toEqual(['bed/10', 'bed/9', 'bed/A', 'sensor/a1', 'sensor/z1']);
  });

  it.each([
    [8, 1920, 1000, { columns: 4, fits: true }],
    [16, 1920, 1000, { columns: 4, fits: true }],
    [32, 1920, 1000, { columns: 8, fits: true }],
    [8, 320, 560, { columns: 1, fits: false }],
    [100, 1920, 1000, { columns: 9, fits: false }],
    [0, 1920, 1000, { columns: 9, fits: false }],
  ])('%d go on %d x %d', (count, width, height, grid) => expect(gridOf(count, width, height)).toEqual(grid));
});

test.prop([fc.nat(1000), fc.double({ min: 0, max: 0.999, noNaN: true })])(
  'a retry waits a quarter of a second to ten seconds',
  (failures, random) => {
    expect(retryDelayMs(failures, random)).toBeGreaterThanOrEqual(250);
    expect(retryDelayMs(failures, random)).toBeLessThanOrEqual(10_000);
  },
);
