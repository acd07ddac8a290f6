// SPDX-License-Identifier: Apache-2.0
/** An InfluxDB that refuses points, or holds others in their place: ours are set aside, reported and kept, and the rest goes on. */
import { describe, expect, it } from 'vitest';
import { readJournalDatabase } from '../gateway/journal/journal-database.ts';
import { openRig, RIG_GATEWAY, type Rig, type RigOptions } from './support/gateway-rig.ts';
import { INFLUXD_MISSING, type Influxd, startInfluxd } from './support/influxd.ts';
import { openRecord } from './support/record.ts';
import { settled } from './support/settled.ts';

const HANDLE = 'wear-1';
const IN_A_BATCH = 50;
const RECORD = `\nrecord = { batchMaxReadings = ${IN_A_BATCH}, paddingBytes = 64 }`;
/** Between the lines of a batch of steady values, and of one whose values cannot be packed. */
const MAX_BODY_BYTES = 1500;
const STEADY = () => 97;
/** Implausible, so that it stays in the record as it was sent. */
const WILD = () => 1e14 + Math.floor(Math.random() * 1e14);

describe.skipIf(INFLUXD_MISSING)('a hostile InfluxDB (needs influxd)', () => {
  it('refuses one batch for its size: that one is set aside and reported, the others are stored', async () => {
    await using influxd = await startInfluxd({ maxBodyBytes: MAX_BODY_BYTES });
    await using rig = await open(influxd);
    await influxd.stop();
    for (const [batch, value] of [STEADY, STEADY, WILD, STEADY].entries()) await sendBatch(rig, batch, value);
    await settled('all sealed', () => states(rig).length === 4);
    await influxd.start();
    await settled('all decided', () => !states(rig).includes('waiting'));
    expect(states(rig)).toEqual(['stored', 'stored', 'set aside', 'stored']);
    expect(await influxd.count()).toBe(3);
    // It is told after the cursor has moved.
    await settled('it is reported', () => reported(rig).join() === 'SERIES_POINT_REFUSED');
    expect(rig.metrics.read('series_refused_total')).toBe(1);
    expect(await readingsOf(rig)).toBe(4 * IN_A_BATCH);
  });

  it('refuses everything, since somebody gave a field another type: tried once more at the next start, after it was mended', async () => {
    await using influxd = await startInfluxd();
    await influxd.writeLines(`b,tag=x,epoch=0 ciphertext=1i ${Date.now()}000000`);
    await using rig = await open(influxd, { keep: true });
    for (const batch of [0, 1]) await sendBatch(rig, batch, STEADY);
    await settled('all decided', () => states(rig).join() === 'set aside,set aside');
    await settled('both are counted', () => rig.metrics.read('series_refused_total') === 2);
    expect(await readingsOf(rig)).toBe(2 * IN_A_BATCH);
    await rig.stop();
    await influxd.query('DROP MEASUREMENT b');

    await using second = await open(influxd, { directory: rig.directory });
    await settled('all stored', () => states(second).join() === 'stored,stored');
    expect(await influxd.count()).toBe(2);
  });

  it('holds other bytes where a batch belongs: found before it is overwritten, reported, and ours stay readable', async () => {
    await using influxd = await startInfluxd();
    await using rig = await open(influxd);
    await sendBatch(rig, 0, STEADY);
    await settled('stored', () => states(rig).join() === 'stored');
    const { columns, values } = await influxd.query('SELECT * FROM b');
    const first = Object.fromEntries(columns.map((name, i) => [name, String(values[0]![i])]));
    const next = BigInt(first['time']!) + 1n;
    // Ours of batch 0 again, under the coordinates of batch 1: whole, signed, and in the wrong place.
    const fields = ['header', 'nonce', 'ciphertext', 'signature'].map((name) => `${name}="${first[name]}"`).join();
    await influxd.writeLines(`b,epoch=${first['epoch']},tag=${first['tag']} ${fields} ${next}`);
    // A tag more makes it another point, which is nobody's business.
    await influxd.writeLines(`b,epoch=${first['epoch']},tag=${first['tag']},more=1 ${fields} ${next + 1n}`);
    for (const batch of [1, 2]) await sendBatch(rig, batch, STEADY);
    await settled('all decided', () => states(rig).join() === 'stored,set aside,stored');
    await settled('it is reported', () => reported(rig).join() === 'SERIES_CONFLICT');
    expect(rig.metrics.read('series_conflict_total')).toBe(1);
    expect((await influxd.query(`SELECT header FROM b WHERE time = ${next}`)).values[0]![1]).toBe(first['header']);
    expect(await readingsOf(rig)).toBe(3 * IN_A_BATCH);
  });
});

function open(influxd: Influxd, options: RigOptions = {}): Promise<Rig> {
  return openRig({ devices: { [HANDLE]: null }, toml: influxd.toml + RECORD, ...options });
}

async function sendBatch(rig: Rig, batch: number, value: () => number): Promise<void> {
  const client = await rig.connect(HANDLE);
  const body = Array.from({ length: IN_A_BATCH }, (_, i) => ({
    ...(i === 0 && { bn: '00000000000000aa:' }),
    n: 'spo2',
    u: '%',
    v: value(),
    seq_: batch * IN_A_BATCH + i,
  }));
  await client.publishAsync(`lamplight/v1/${RIG_GATEWAY}/${HANDLE}/senml`, JSON.stringify(body), { qos: 1 });
  await client.endAsync();
}

/** Of each batch in the outbox, as the series follower left it. */
function states(rig: Rig): string[] {
  const database = readJournalDatabase(`${rig.directory}/journal.db`);
  try {
    const rows = database.prepare('SELECT stored FROM outbox WHERE stream IS NOT NULL ORDER BY number').all();
    return rows.map((row) => ['waiting', 'stored', 'set aside'][Number(row['stored'])]!);
  } finally {
    database.close();
  }
}

/** Codes of what was reported as set aside. */
function reported(rig: Rig): unknown[] {
  const lines = rig.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.filter(({ event }) => event === 'batches-set-aside').map(({ code }) => code);
}

async function readingsOf(rig: Rig): Promise<number> {
  await using record = await openRecord(rig.directory);
  await record.checkChains();
  return (await record.everything()).length;
}
