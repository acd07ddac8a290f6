// SPDX-License-Identifier: Apache-2.0
/** Recorded patients against the tables that were made from them by other software, and hostile files against their codes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDecimal } from '../decimal.ts';
import { DeviceError } from '../errors.ts';
import { exactValue, openRecording, type Recording } from './recording.ts';
import { parseHeader } from './wfdb-header.ts';
import { NO_SAMPLE, readSamples } from './wfdb-samples.ts';

const RECORDINGS = new URL('../../../shared/recordings/', import.meta.url);
const WFDB = fileURLToPath(new URL('wfdb/', RECORDINGS));
const missing = !existsSync(RECORDINGS);

/** Rows of a CSV as text, without its header line. */
function rows(name: string): string[][] {
  const bytes = readFileSync(new URL(`csv/${name}`, RECORDINGS));
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

/** Compares the raw samples with a CSV column of physical values: each must round back to the same integer. */
function differences(recording: Recording, column: number, csv: readonly (string | undefined)[]): number {
  const { samples, header } = recording.columns[column] as Recording['columns'][number];
  return csv.filter((text, row) => {
    if (text === undefined || text === '') return samples[row] !== NO_SAMPLE[header.format] && samples[row] !== 0;
    return Math.round(Number(text) * header.gain + header.baseline) !== samples[row];
  }).length;
}

describe.skipIf(missing)('openRecording', () => {
  it('reads the numerics digit for digit as the CSV has them', async () => {
    const { columns, header } = await openRecording(WFDB, '3975656n');
    expect([header.record, header.frames, columns.length]).toStrictEqual(['s00001-2896-10-10-00-31n', 1936, 10]);
    const csv = rows('3975656n.csv');
    let values = 0;
    csv.forEach((row, minute) => {
      columns.forEach(({ samples, header: signal }, i) => {
        const raw = samples[minute] as number;
        const absent = raw === 0 || raw === NO_SAMPLE[16];
        const decimal = exactValue(raw, signal);
        expect(absent || !decimal ? '' : formatDecimal(decimal)).toBe(row[i + 1]);
        if (!absent) values++;
      });
    });
    expect([values, csv.length * columns.length - values]).toStrictEqual([7_405, 11_955]);
  });

  it('finds the only record of numerics without a name', async () => {
    expect((await openRecording(WFDB)).header.frames).toBe(1936);
  });

  it('reads format 16 behind a MATLAB header', async () => {
    const recording = await openRecording(WFDB, 'a103l');
    const csv = rows('a103l.csv.gz');
    for (const i of [0, 1, 2])
      expect(
        differences(
          recording,
          i,
          csv.map((row) => row[i + 1]),
        ),
      ).toBe(0);
  });

  it('reads format 212', async () => {
    const recording = await openRecording(WFDB, '100');
    const csv = rows('100-10min.csv.gz');
    for (const i of [0, 1])
      expect(
        differences(
          recording,
          i,
          csv.map((row) => row[i + 1]),
        ),
      ).toBe(0);
  });

  it('undoes skew and keeps several samples per frame in order', async () => {
    const recording = await openRecording(WFDB, '03700181');
    const csv = rows('03700181-10min.csv.gz');
    expect(
      differences(
        recording,
        0,
        csv.map((row) => row[1]),
      ),
    ).toBe(0);
    const slow = csv.filter((_, i) => i % 4 === 0);
    expect(
      differences(
        recording,
        1,
        slow.map((row) => row[2]),
      ),
    ).toBe(0);
    expect(
      differences(
        recording,
        2,
        slow.map((row) => row[3]),
      ),
    ).toBe(0);
    // The control: one frame off must be seen.
    expect(
      differences(
        recording,
        2,
        slow.slice(1).map((row) => row[3]),
      ),
    ).toBeGreaterThan(1_000);
  });
});

const SUM_OF_1_TO_6 = '21';
const header = (signal: string) => `r 1 1 6\n${signal}\n`;
const GOOD = header(`r.dat 16 10/bpm 16 0 1 ${SUM_OF_1_TO_6} 0 HR`);
const DATA = new Uint8Array(Int16Array.of(1, 2, 3, 4, 5, 6).buffer);

describe('a hostile recording', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lamplight-wfdb-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function codeOf(hea: string, data: Uint8Array | undefined, name?: string): Promise<string> {
    writeFileSync(join(folder, 'r.hea'), hea);
    rmSync(join(folder, 'r.dat'), { force: true });
    if (data) writeFileSync(join(folder, 'r.dat'), data);
    return openRecording(folder, name).then(
      () => 'ok',
      (error: unknown) => (error instanceof DeviceError ? error.code : String(error)),
    );
  }

  it.each([
    ['ok', GOOD, DATA],
    ['WFDB_MISSING', GOOD, DATA, 'other'],
    ['WFDB_AMBIGUOUS', GOOD.replace('r 1 1 6', 'r 1 250 6'), DATA, undefined],
    ['WFDB_DATA', GOOD, undefined],
    ['WFDB_DATA', GOOD, DATA.subarray(1)],
    ['WFDB_DATA', GOOD, new Uint8Array(13)],
    ['WFDB_CHECKSUM', GOOD, DATA.with(0, 2)],
    ['WFDB_HEADER', '', DATA],
    ['WFDB_HEADER', 'r 1 1 999999999\n', DATA],
    ['WFDB_HEADER', GOOD.replace('r 1', 'r 2'), DATA],
    ['WFDB_HEADER', GOOD.replace('r.dat', '../r.dat'), DATA],
    ['WFDB_HEADER', GOOD.replace('r.dat', '/etc/passwd'), DATA],
    ['WFDB_HEADER', GOOD.replace(' 16 10', ' 516 10'), DATA],
    ['WFDB_HEADER', GOOD.replace(' 16 10', ' 16x999 10'), DATA],
    ['WFDB_HEADER', GOOD.replace(' 16 10', ' 16:999999 10'), DATA],
    ['WFDB_HEADER', GOOD.replace('10/bpm', '0/bpm'), DATA],
    ['WFDB_HEADER', GOOD.replace('r 1 1', 'r 1 0'), DATA],
    ['WFDB_HEADER', 'x'.repeat(70_000), DATA],
  ])('gives %s', async (code, hea, data, name: string | undefined = 'r') => {
    expect(await codeOf(hea, data, code === 'WFDB_AMBIGUOUS' ? undefined : name)).toBe(code);
  });

  it('is missing when its folder is', async () => {
    await expect(openRecording(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'WFDB_MISSING' });
  });
});

test.prop([fc.array(fc.integer({ min: -2048, max: 2047 }), { minLength: 1, maxLength: 40 })])(
  'format 212 gives back what a plain packer wrote',
  (samples) => {
    const bits = samples.map((x) => x & 0xfff);
    const bytes: number[] = [];
    for (let i = 0; i < bits.length; i += 2) {
      const [a, b] = [bits[i] as number, bits[i + 1] ?? 0];
      bytes.push(a & 0xff, (a >> 8) | ((b >> 8) << 4), b & 0xff);
    }
    const sum = (samples.reduce((x, y) => x + y, 0) << 16) >> 16;
    const parsed = parseHeader(`r 1 1 ${samples.length}\nr.dat 212 1 12 0 0 ${sum} 0 X`);
    if (!parsed.ok) throw parsed.error;
    const read = readSamples(parsed.value, new Map([['r.dat', Uint8Array.from(bytes)]]));
    if (!read.ok) throw read.error;
    expect([...(read.value[0]?.samples ?? [])]).toStrictEqual(samples);
  },
);

test.prop([
  fc.oneof(
    fc.string(),
    fc.constantFrom(...GOOD).chain((c) => fc.nat(GOOD.length).map((i) => GOOD.slice(0, i) + c + GOOD.slice(i))),
  ),
  fc.uint8Array({ maxLength: 40 }),
])('any header and data give columns or our own error', (text, data) => {
  const parsed = parseHeader(text);
  if (!parsed.ok) {
    expect(parsed.error).toBeInstanceOf(DeviceError);
    return;
  }
  const read = readSamples(parsed.value, new Map(parsed.value.signals.map(({ file }) => [file, data])));
  if (!read.ok) expect(read.error).toBeInstanceOf(DeviceError);
});
