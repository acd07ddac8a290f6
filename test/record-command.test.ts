// SPDX-License-Identifier: Apache-2.0
/** `lamplight record check` beside a running gateway: a sound record passes, and whatever was done to one is found and located. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../gateway/data-directory.ts';
import { recordCommand } from '../gateway/record-command.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { runCommand } from './support/run-command.ts';
import { settled } from './support/settled.ts';

const BATCHES = 4;
const IN_A_BATCH = 10;
let rig: Rig;
const copies: string[] = [];
const check = (directory: string, ...flags: readonly string[]) =>
  runCommand(recordCommand, 'check', '--data', directory, ...flags);

beforeAll(async () => {
  const toml = `journal = { reserveBytes = 1048576 }\nrecord = { batchMaxReadings = ${IN_A_BATCH} }\nlog = { checkpointIntervalMs = 100 }`;
  // Without a declared interval: on a slow machine there would be gaps on record.
  rig = await openRig({ devices: { 'wear-1': null }, toml });
  const client = await rig.connect('wear-1');
  for (let i = 0; i < BATCHES * IN_A_BATCH; i++) {
    const body = `[{"bn":"00000000000000aa:","n":"spo2","u":"%","v":97,"seq_":${i}}]`;
    await client.publishAsync(`lamplight/v1/${RIG_GATEWAY}/wear-1/senml`, body, { qos: 1 });
  }
  await client.endAsync();
  await settled('all batches are in the log and in the store', async () => {
    using journal = new DatabaseSync(dataPaths(rig.directory).journal, { readOnly: true });
    const row = journal
      .prepare('SELECT count(*) AS n FROM outbox WHERE stored = 1 AND sequenced = 1 AND stream IS NOT NULL')
      .get();
    return Number(row?.['n']) === BATCHES && (await check(rig.directory)).said.includes(`${BATCHES} batches`);
  });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  for (const copy of copies) await rm(copy, { recursive: true });
});

/** A copy of what the running gateway has on disk, on which somebody else was at work. */
async function altered(work: (paths: ReturnType<typeof dataPaths>) => Promise<void> | void): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'lamplight-record-'));
  copies.push(copy);
  await cp(rig.directory, copy, { recursive: true });
  await work(dataPaths(copy));
  return copy;
}

function sql(path: string, statement: string): void {
  using database = new DatabaseSync(path);
  expect(database.prepare(statement).run().changes).toBeGreaterThan(0);
}

describe('lamplight record check', () => {
  it('finds the record of a running gateway whole', async () => {
    const { code, said } = await check(rig.directory, '--key', rig.vkey);
    expect(said).toContain(`${BATCHES} batches of 1 stays checked: ${BATCHES * IN_A_BATCH} readings, 0 signed gaps`);
    expect([code, said]).toEqual([0, expect.stringContaining('The record is whole')]);
    expect(JSON.parse((await check(rig.directory, '--json')).said)).toMatchObject({
      batches: BATCHES,
      waiting: 0,
      damage: [],
    });
  });

  it.each([
    ['RECORD_MISSING', 'a batch was removed from the store', 'series', 'DELETE FROM point WHERE rowid = 2'],
    ['RECORD_MISSING', 'the newest was removed as well', 'series', 'DELETE FROM point'],
    [
      'RECORD_ALTERED',
      'a stored batch was altered',
      'series',
      'UPDATE point SET envelope = zeroblob(200) WHERE rowid = 2',
    ],
    ['RECORD_CHAIN_BROKEN', 'a batch was taken out of the index', 'journal', 'DELETE FROM outbox WHERE batch = 1'],
    [
      'RECORD_CHAIN_BROKEN',
      'the newest was taken out of the index',
      'journal',
      `DELETE FROM outbox WHERE batch = ${BATCHES - 1}`,
    ],
  ] as const)('says %s when %s', async (code, _what, file, statement) => {
    const found = await check(await altered((paths) => sql(paths[file], statement)));
    expect([found.code, found.said]).toEqual([
      1,
      expect.stringMatching(new RegExp(`DAMAGED, stay [0-9a-f]{32}: ${code}`)),
    ]);
    expect(found.said).not.toContain('The record is whole');
  });

  it('says when the log has another entry in the place of a batch, and trusts no key that the log did not endorse', async () => {
    const shifted = await altered(({ journal }) => {
      sql(journal, 'UPDATE outbox SET number = -number');
      sql(journal, 'UPDATE outbox SET number = 2 - number');
    });
    const found = await check(shifted);
    expect([found.code, found.said]).toEqual([1, expect.stringContaining('RECORD_NOT_IN_LOG')]);
    const foreign = await altered(async ({ identity }) => {
      const text = await readFile(identity, 'utf8');
      await writeFile(
        identity,
        text.replace(/"gatewayKey":\s*"./, (found) => `${found.slice(0, -1)}${found.endsWith('0') ? '1' : '0'}`),
      );
    });
    await expect(check(foreign)).rejects.toMatchObject({ code: 'RECORD_KEY_NOT_ENDORSED' });
  });
});
