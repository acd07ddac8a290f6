// SPDX-License-Identifier: Apache-2.0
/** A recorded patient through the whole path with InfluxDB as series store: every reading there, read back and provable, also with a sign-in. */
import { existsSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nobleCrypto, verifyProof } from '../ledger/verify/index.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { ADMIN, INFLUXD_MISSING, type Influxd, startInfluxd } from './support/influxd.ts';
import { type FoundReading, openRecord } from './support/record.ts';
import { RECORDINGS, replayRecording } from './support/replay-load.ts';

const HANDLE = 'wear-replay';
const [READINGS, VALUES] = [19_360, 7_405];
const BATCH_READINGS = 100;
const BATCHES = Math.ceil(READINGS / BATCH_READINGS);
const PROOFS = 20;

describe.skipIf(INFLUXD_MISSING || !existsSync(RECORDINGS))('recording 3975656n into InfluxDB (needs influxd)', () => {
  let influxd: Influxd;
  let rig: Rig;
  let all: FoundReading[];

  beforeAll(async () => {
    influxd = await startInfluxd({ auth: true });
    rig = await openRig({
      devices: { [HANDLE]: 60_000 },
      toml: `${influxd.toml}\nrecord = { batchMaxReadings = ${BATCH_READINGS} }`,
      keep: true,
    });
    const secret = rig.secretOf(HANDLE);
    await replayRecording({ port: rig.gateway.brokerPort, gateway: RIG_GATEWAY, handle: HANDLE, secret });
    await rig.stop();
    await using record = await openRecord(rig.directory);
    all = await record.everything();
  });
  afterAll(async () => {
    await influxd?.[Symbol.asyncDispose]();
    if (rig) await rm(rig.directory, { recursive: true, force: true });
  });

  it('stores every batch there, and keeps no second store', async () => {
    expect(rig.metrics.read('intake_accepted_total')).toBe(READINGS);
    expect(await influxd.count()).toBe(BATCHES);
    expect(existsSync(join(rig.directory, 'series.db'))).toBe(false);
    expect(rig.metrics.read('series_failures_total')).toBe(0);
  });

  it('reads back every reading, with whole chains, and proves them', async () => {
    expect(all.length).toBe(READINGS);
    expect(all.filter(({ reading }) => reading.value).length).toBe(VALUES);
    await using record = await openRecord(rig.directory);
    expect(await record.checkChains()).toBe(BATCHES);
    const step = Math.floor(all.length / PROOFS);
    for (let i = 0; i < PROOFS; i++) {
      const result = verifyProof(await record.prove(all[i * step]!), record.vkey, nobleCrypto);
      expect(result.error).toBeUndefined();
      expect(result.reading?.sequence).toBe(all[i * step]!.reading.sequence);
    }
  });

  it('really reads from InfluxDB: what is taken away there is missed by name', async () => {
    const [victim] = (await influxd.query('SELECT time, header FROM b GROUP BY "tag" ORDER BY time LIMIT 1 OFFSET 3'))
      .values;
    const { values } = await influxd.query(`SELECT * FROM b WHERE time = ${victim![0]}`);
    await influxd.query(`DELETE FROM b WHERE time = ${victim![0]}`);
    await using record = await openRecord(rig.directory);
    await expect(record.checkChains()).rejects.toMatchObject({
      code: 'RECORD_MISSING',
      message: expect.stringContaining('batch 3'),
    });
    // With one character of its ciphertext changed.
    const [time, ciphertext, epoch, header, nonce, signature, tag] = values[0] as string[];
    const changed = `${ciphertext!.startsWith('A') ? 'B' : 'A'}${ciphertext!.slice(1)}`;
    const fields = { ciphertext: changed, header, nonce, signature };
    const line = Object.entries(fields).map(([name, text]) => `${name}="${text}"`);
    await influxd.writeLines(`b,epoch=${epoch},tag=${tag} ${line.join(',')} ${time}`);
    await expect(record.checkChains()).rejects.toMatchObject({
      code: 'RECORD_ALTERED',
      message: expect.stringContaining('batch 3: ENVELOPE_SIGNATURE'),
    });
  });

  it('is kept out by a wrong password, and does not start on a password that others can read', async () => {
    const passwordFile = join(influxd.directory, 'password');
    await chmod(passwordFile, 0o644);
    await expect(openRig({ directory: rig.directory, keep: true, toml: influxd.toml })).rejects.toMatchObject({
      code: 'PRIVATE_FILE_MODE',
    });
    await chmod(passwordFile, 0o600);
    await influxd.query(`SET PASSWORD FOR "${ADMIN.name}" = 'another'`);
    await using record = await openRecord(rig.directory);
    await expect(record.checkChains()).rejects.toMatchObject({ code: 'SERIES_ACCESS' });
  });
});
