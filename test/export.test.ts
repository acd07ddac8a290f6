// SPDX-License-Identifier: Apache-2.0
/** `lamplight export` through real parts: on record first, exact rows, a proof that `lamplight verify` follows and that a changed file fails. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../gateway/command.ts';
import { correctCommand } from '../gateway/correct-command.ts';
import { dataPaths } from '../gateway/data-directory.ts';
import { exportCommand } from '../gateway/export/export-command.ts';
import { readIdentity } from '../gateway/identity.ts';
import { ledgerCommand } from '../gateway/ledger-command.ts';
import { sha256, verifyCommand, viewLog } from '../ledger/index.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { runCommand } from './support/run-command.ts';
import { settled } from './support/settled.ts';

const STAY = '000102030405060708090a0b0c0d0e0f';
const READINGS = 40;
/** Organisation, gateway and log. */
const FOUNDING_ENTRIES = 3;
const SESSION = '0123456789abcdef';
let rig: Rig;
let directory: string;

beforeAll(async () => {
  rig = await openRig({
    devices: { 'wear-1': 1000 },
    toml: 'journal = { reserveBytes = 1048576 }\nrecord = { batchMaxReadings = 20 }\nlog = { checkpointIntervalMs = 100 }',
  });
  directory = rig.directory;
  const paths = dataPaths(directory);
  const nowMs = Date.now();
  await rig.gateway.dataPath.change((ward) => [
    ...ward.admit('3', STAY, 'P. Lanted', nowMs - 60_000),
    ...ward.link('wear-1', STAY, nowMs - 60_000, 'test', false),
  ]);
  const client = await rig.connect('wear-1');
  for (let i = 0; i < READINGS; i++) {
    const [name, unit, value] = i % 2 ? ['spo2', '%', '97'] : ['temperature', 'Cel', `36.${10 + i}`];
    const t = (nowMs - 50_000 + 1000 * i) / 1000;
    const body = `[{"bn":"${SESSION}:","n":"${name}","u":"${unit}","v":${value},"seq_":${i},"t":${t}}]`;
    await client.publishAsync(`lamplight/v1/${RIG_GATEWAY}/wear-1/senml`, body, { qos: 1 });
  }
  await client.endAsync();
  await settled('both batches are signed', async () => {
    const log = await viewLog(paths.log, rig.vkey).catch(() => undefined);
    return (log?.size ?? 0) >= FOUNDING_ENTRIES + READINGS / 20;
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

const file = (name: string) => join(directory, name);
const exportTo = (name: string, ...flags: readonly string[]) =>
  runCommand(exportCommand, '--format', 'csv', '--data', directory, '--out', file(name), ...flags);
const verify = (name: string, ...flags: readonly string[]) =>
  runCommand(verifyCommand as Command, file(name), '--key', rig.vkey, ...flags);

function accesses(): number {
  using database = new DatabaseSync(dataPaths(directory).journal, { readOnly: true });
  return Number(database.prepare('SELECT count(*) AS n FROM access').get()?.['n']);
}

describe('lamplight export', () => {
  it('puts the read on record, writes exact rows for their owner, and verify follows the proof', async () => {
    const before = accesses();
    const done = await exportTo('bed.csv', '--bed', '3');
    expect(done).toMatchObject({ code: 0, said: expect.stringContaining(`Wrote ${READINGS} readings of 2 batches`) });
    expect(accesses()).toBe(before + 1);
    const rows = (await readFile(file('bed.csv'), 'utf8')).split('\r\n');
    expect(rows).toHaveLength(READINGS + 2);
    expect(rows[1]).toMatch(/^wear-1,temperature,36\.10,Cel,,\S+Z,\S+Z,\S+Z,device,,0123456789abcdef,0,$/);
    expect(await readFile(file('bed.csv.proof'), 'utf8')).not.toContain('P. Lanted');
    const verified = await verify('bed.csv.proof');
    expect(verified.said).toContain(`Verified: ${file('bed.csv')}, ${READINGS} readings of 2 batches`);
    expect(verified.code).toBe(0);
  });

  it('exports a part for a spreadsheet, and shows nothing of the rest', async () => {
    const flags = ['--profile', 'excel', '--locale', 'de-CH', '--time-zone', 'Europe/Zurich', '--delimiter', ';'];
    const done = await exportTo('part.csv', '--stay', STAY, '--vital', 'temperature', ...flags);
    expect(done.said).toContain(`Wrote ${READINGS / 2} readings of 2 batches`);
    const text = await readFile(file('part.csv'), 'utf8');
    expect(text).toMatch(/^\uFEFFdevice;vital;.*wear-1;temperature;36\.10;Cel;;\d{4}-\S+\+0[12]:00;/s);
    expect(text).not.toContain('spo2');
    expect(await verify('part.csv.proof', '--json')).toMatchObject({
      code: 0,
      said: expect.stringContaining(`"rows":${READINGS / 2}`),
    });
  });

  it.each([
    ['altered', (rows: string[]) => rows.map((row) => row.replace('36.12', '38.12'))],
    ['dropped', (rows: string[]) => rows.toSpliced(7, 1)],
    ['moved', (rows: string[]) => [...rows.slice(0, 3), rows[5]!, rows[3]!, rows[4]!, ...rows.slice(6)]],
  ])('lets verify find a row that was %s', async (what, change) => {
    await exportTo('whole.csv', '--bed', '3');
    const rows = (await readFile(file('whole.csv'), 'utf8')).split('\r\n');
    await writeFile(file(`${what}.csv`), change(rows).join('\r\n'));
    const found = await verify('whole.csv.proof', '--csv', file(`${what}.csv`));
    expect([found.code, found.said]).toEqual([1, expect.stringContaining('PROOF_EXPORT_ROW_DIFFERS')]);
    expect((await verify('whole.csv.proof')).code).toBe(0);
  });

  it('shows in each row what was said of it, and verify says by whom and why', async () => {
    await exportTo('before.csv', '--bed', '3', '--vital', 'temperature');
    const measured = (await readFile(file('before.csv'), 'utf8')).split('\r\n').map((row) => row.split(',')[5]!);
    const range = ['--from', measured[2]!, '--to', measured[4]!, '--vital', 'temperature'];
    const words = ['--reason', 'in-error', '--why', 'probe lay in the bed'];
    const corrected = await runCommand(correctCommand, '--bed', '3', ...range, ...words, '--data', directory);
    expect([corrected.code, corrected.said]).toEqual([0, expect.stringContaining('On record.')]);
    const listed = await runCommand(correctCommand, 'list', '--bed', '3', '--data', directory);
    expect(listed.said).toContain('probe lay in the bed');

    const done = await exportTo('after.csv', '--bed', '3');
    expect(done.said).toContain('1 corrections stand over some of them');
    const rows = (await readFile(file('after.csv'), 'utf8')).split('\r\n');
    const marked = rows.filter((row) => row.endsWith(',in-error'));
    expect(marked.map((row) => row.split(',').slice(1, 3))).toEqual([
      ['temperature', '36.12'],
      ['temperature', '36.14'],
      ['temperature', '36.16'],
    ]);
    const verified = await verify('after.csv.proof');
    expect([verified.code, verified.said]).toEqual([0, expect.stringMatching(/Corrected: .*probe lay in the bed/)]);
    await writeFile(file('clean.csv'), rows.map((row) => row.replace(',in-error', ',')).join('\r\n'));
    expect((await verify('after.csv.proof', '--csv', file('clean.csv'))).said).toContain('PROOF_EXPORT_ROW_DIFFERS');

    const [id = ''] = listed.said.split(' ');
    const taken = ['--withdraw', id, '--why', 'it was the neighbour’s probe', '--data', directory];
    expect((await runCommand(correctCommand, ...taken)).code).toBe(0);
    expect((await exportTo('again.csv', '--bed', '3')).said).not.toContain('corrections stand');
    expect(await readFile(file('again.csv'), 'utf8')).not.toContain('in-error');
    const again = await verify('again.csv.proof');
    expect([again.code, again.said]).toEqual([
      0,
      expect.stringMatching(/Taken back: .*probe lay in the bed; taken back by/),
    ]);
  });

  it.each([
    [[], 'Say whose readings'],
    [['--bed', '3', '--to', '2026-11-21T08:30:00Z'], 'Say when'],
    [['--bed', '3', '--from', '2026-11-22T08:30:00Z', '--to', '2026-11-21T08:30:00Z'], '--from lies after --to'],
    [['--withdraw', 'the last one', '--why', 'x'], 'Say which correction'],
    [['--withdraw', '0'.repeat(32)], 'Say why'],
    [['--withdraw', '0'.repeat(32), '--why', 'x', '--vital', 'spo2'], 'leave --vital out'],
  ])('says what is missing of a correction: %j', async (flags, words) => {
    const { code, said } = await runCommand(correctCommand, ...flags, '--data', directory);
    expect([code, said]).toEqual([2, expect.stringContaining(words)]);
  });

  it('is of a gateway whose place in the ledger anybody may know', async () => {
    const asked = await runCommand(ledgerCommand, 'identity', '--json', '--data', directory);
    const { gatewayKey } = await readIdentity(dataPaths(directory).identity);
    const device = Buffer.from(sha256(gatewayKey)).subarray(0, 16).toString('hex');
    expect(JSON.parse(asked.said)).toEqual({ gateway: RIG_GATEWAY, organisation: RIG_GATEWAY, device, vkey: rig.vkey });
    expect((await runCommand(ledgerCommand, 'identity', '--data', directory)).said).toContain(device);
  });

  it('does not mix people, and says what is wrong with a question', async () => {
    await expect(exportTo('none.csv', '--bed', '4')).rejects.toMatchObject({ code: 'EXPORT_NO_STAY' });
    for (const flags of [
      [],
      ['--bed', '3', '--stay', STAY],
      ['--bed', '3', '--vital', 'mood'],
      ['--bed', '3', '--from', 'noon'],
    ])
      expect((await exportTo('none.csv', ...flags)).code).toBe(2);
    expect((await exportTo('none.csv', '--bed', '3', '--profile', 'excel', '--time-zone', 'Mars')).code).toBe(2);
    expect(existsSync(file('none.csv'))).toBe(false);
  });

  it('ends when the process is asked to stop, and leaves no file', async () => {
    const stopped: Command = (argv, io) => exportCommand(argv, { ...io, signal: AbortSignal.abort() });
    const asked = ['--format', 'csv', '--data', directory, '--out', file('stopped.csv'), '--stay', STAY];
    await expect(runCommand(stopped, ...asked)).rejects.toMatchObject({ code: 'EXPORT_STOPPED' });
    expect((await readdir(directory)).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  it('writes nothing while the gateway cannot put the read on record', async () => {
    await rig.stop();
    await expect(exportTo('late.csv', '--stay', STAY)).rejects.toMatchObject({ code: 'READ_NOT_ON_RECORD' });
    expect((await readdir(directory)).filter((name) => name.startsWith('late'))).toEqual([]);
  });
});
