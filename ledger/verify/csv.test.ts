// SPDX-License-Identifier: Apache-2.0
/** CSV rows: what a reader of RFC 4180 gets back, exact digits, places and offsets, and that no spreadsheet finds a formula. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { RecordReading } from '../record/reading-codec.ts';
import { type CsvForm, csvWriter, neutralised } from './csv.ts';
import { honestReading } from './testing/proof-maker.ts';
import { timeText } from './words.ts';

const MACHINE: CsvForm = { profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' };
const EXCEL: CsvForm = { profile: 'excel', delimiter: ';', decimalMark: ',', timeZone: 'Europe/Zurich' };
const BOOT = { id: '00000000000000b0', wallMs: Date.UTC(2026, 10, 21, 7) };
const SUMMER_MS = Date.UTC(2026, 6, 1, 12);

/** Cells of one row, read as RFC 4180 says: the plain twin of the writer. */
function cellsOf(text: string, delimiter: string): string[] {
  const cells = [''];
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (isQuoted && char === '"' && text[i + 1] === '"') cells[cells.length - 1] += text[++i]!;
    else if (char === '"' && (isQuoted || cells.at(-1) === '')) isQuoted = !isQuoted;
    else if (!isQuoted && char === delimiter) cells.push('');
    else if (!isQuoted && char === '\r' && text[i + 1] === '\n') return cells;
    else cells[cells.length - 1] += char;
  }
  throw new Error('the row does not end');
}

const row = (form: CsvForm, lie: Partial<RecordReading>) => csvWriter(form).row(honestReading(3, lie), BOOT);

describe('the machine profile', () => {
  it('writes every field as the record has it', () => {
    const reading = { value: { mantissa: 3660, exponent: -2 }, flags: 1 | 8 | 256 };
    expect(csvWriter(MACHINE).head()).toBe(
      'device,vital,value,unit,absent,measured,device time,received,time quality,flags,session,sequence,correction\r\n',
    );
    expect(row(MACHINE, reading)).toBe(
      'oxi-7,spo2,36.60,%,,2026-11-18T11:06:43.000Z,2026-11-18T11:06:43.000Z,2026-11-21T07:00:03.000Z,device,implausible late 256,00000000000000e0,3,\r\n',
    );
  });

  it('says why there is no value, and leaves out what is not known', () => {
    const { value: _, deviceTimeMs: __, ...rest } = honestReading(3);
    const cells = cellsOf(
      csvWriter(MACHINE).row({ ...rest, absent: 'sensor-off', boot: '00000000000000b1' }, BOOT),
      ',',
    );
    expect(cells.slice(2, 8)).toEqual(['', '%', 'sensor-off', '2026-11-18T11:06:43.000Z', '', '']);
  });

  test.prop([fc.array(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), { maxLength: 5 }), fc.nat({ max: 130_000 })])(
    'writes any times in a row as each of them alone',
    (times, step) => {
      const writer = csvWriter(MACHINE);
      for (const correctedMs of times.flatMap((ms) => [ms, ms + step])) {
        const [, , , , , measured] = cellsOf(writer.row(honestReading(3, { correctedMs }), BOOT), ',');
        expect(measured).toBe(timeText(correctedMs));
      }
    },
  );

  test.prop([fc.string(), fc.string()])('gives any text back as it was', (vital, unit) => {
    const cells = cellsOf(row(MACHINE, { vital, unit }), ',');
    expect([cells.length, cells[1], cells[3]]).toEqual([13, vital, unit]);
  });
});

describe('the excel profile', () => {
  it('writes local time with its offset, summer and winter, and decimal commas', () => {
    expect(csvWriter(EXCEL).head().codePointAt(0)).toBe(0xfeff);
    const summer = cellsOf(row(EXCEL, { correctedMs: SUMMER_MS, value: { mantissa: -3660, exponent: -2 } }), ';');
    expect([summer[2], summer[5], summer[6]]).toEqual([
      '-36,60',
      '2026-07-01T14:00:00.000+02:00',
      '2026-11-18T12:06:43.000+01:00',
    ]);
    for (const [timeZone, time] of [
      ['America/St_Johns', '2026-07-01T09:30:00.000-02:30'],
      ['Asia/Kathmandu', '2026-07-01T17:45:00.000+05:45'],
      ['UTC', '2026-07-01T12:00:00.000+00:00'],
    ] as const)
      expect(cellsOf(row({ ...EXCEL, timeZone }, { correctedMs: SUMMER_MS }), ';')[5]).toBe(time);
  });

  const zones = fc.constantFrom('Europe/Zurich', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Monrovia');
  /** Clocks change in both; Monrovia was 44 minutes and a half behind until January 1972. */
  const anyMs = fc.oneof(
    fc.integer({ min: Date.UTC(2026, 2, 29, 0, 55), max: Date.UTC(2026, 2, 29, 1, 5) }),
    fc.integer({ min: Date.UTC(1972, 0, 7, 0, 43), max: Date.UTC(1972, 0, 7, 0, 46) }),
    fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2100, 0, 1) }),
  );
  /** That the writer gives each time as it is, and with the offset that the place had. */
  const expectExact = (timeZone: string, times: readonly number[]) => {
    const writer = csvWriter({ ...EXCEL, timeZone });
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    for (const correctedMs of times) {
      const [, , , , , measured = ''] = cellsOf(writer.row(honestReading(3, { correctedMs }), BOOT), ';');
      const [, clock = '', offset = ''] = /^(.{23})(.*)$/.exec(measured) ?? [];
      expect(`GMT${offset}`).toBe(format.format(correctedMs).split(' ')[1]?.replace(/^GMT$/, 'GMT+00:00'));
      const [sign, hours, minutes, seconds = 0] = [`${offset[0]}1`, ...offset.slice(1).split(':')].map(Number);
      const offsetMs = 1000 * sign! * (3600 * hours! + 60 * minutes! + seconds);
      expect(Date.parse(`${clock}Z`) - offsetMs).toBe(correctedMs);
    }
  };
  test.prop([zones, fc.array(anyMs, { maxLength: 4 }), fc.nat({ max: 130_000 })])(
    'writes any times in a row with the offset of each moment',
    (timeZone, times, step) =>
      expectExact(
        timeZone,
        times.flatMap((ms) => [ms, ms + step]),
      ),
  );

  it('does so within the minute in which the clocks change', () => {
    const minuteMs = Date.UTC(1972, 0, 7, 0, 44);
    expectExact('Africa/Monrovia', [minuteMs, minuteMs + 29_999, minuteMs + 30_000, minuteMs + 59_999]);
  });

  it('keeps identifiers that look like numbers', () => {
    expect(['0012', '1e5', '00000000000000e0', '3.12', 'wear-1', 'spo2'].map(neutralised)).toEqual([
      "'0012",
      "'1e5",
      "'00000000000000e0",
      "'3.12",
      'wear-1',
      'spo2',
    ]);
  });

  const sign = fc.constantFrom(
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    '＝',
    '＋',
    '－',
    '＠',
    ' ',
    ';',
    ',',
    '"',
    "'",
    'x',
    '1',
  );
  const hostile = fc.oneof(fc.string(), fc.string({ unit: sign }), fc.constant('=HYPERLINK("http://x","y")'));

  /** However a spreadsheet cuts it: at its own delimiter with quotes, or at every possible one without. */
  const formulas = (text: string): string[] => {
    const cut = [...cellsOf(text, ';'), ...text.split(/[;,\t\r\n]/).map((cell) => cell.replace(/^"/, ''))];
    return cut.filter((cell) => /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(cell) && !/^-\d+(,\d+)?$/.test(cell));
  };

  it('keeps a year before 0 or after 9999 from being a formula', () => {
    for (const correctedMs of [-(2 ** 50), 2 ** 50])
      expect(cellsOf(row(EXCEL, { correctedMs }), ';')[5]).toMatch(/^'[+-]\d{6}-/);
  });

  test.prop([hostile, hostile, hostile])('has no cell that a spreadsheet runs', (device, vital, unit) => {
    expect(formulas(row(EXCEL, { device, vital, unit }))).toEqual([]);
  });

  it('would show a formula if there were one: the machine profile, which leaves text alone, is caught', () => {
    expect(formulas(row({ ...MACHINE, delimiter: ';' }, { unit: '=1+1' }))).toContain('=1+1');
    expect(formulas(row({ ...MACHINE, delimiter: ';' }, { unit: 'x,@y' }))).toContain('@y"');
  });
});
