// SPDX-License-Identifier: Apache-2.0
/** InfluxDB away for 24 recorded hours of a ward: everything waits on the disk and not in memory, and is caught up when it is back. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayHome, type GatewayProcess, PROCESS_GATEWAY, prepareHome } from './support/gateway-process.ts';
import { INFLUXD_MISSING, type Influxd, startInfluxd } from './support/influxd.ts';
import { countsOf, openReader } from './support/record-check.ts';
import { RECORDINGS, replayRecording } from './support/replay-load.ts';
import { settled } from './support/settled.ts';

const HANDLES = Array.from({ length: 8 }, (_, i) => `wear-${i + 1}`);
/** Minute data. */
const ROWS_OF_A_DAY = 24 * 60;
const READINGS_A_ROW = 10;
/** 5 minutes of a patient: as many batches as the ward's clock would close. */
const BATCH_READINGS = 5 * READINGS_A_ROW;
const READINGS = HANDLES.length * ROWS_OF_A_DAY * READINGS_A_ROW;
const BATCHES = READINGS / BATCH_READINGS;
const CATCH_UP_MS = 120_000;
/** A heap in which the gateway works, and in which a day's readings (over 300 bytes each as objects) would not fit beside it. */
const SMALL_HEAP = ['env', 'NODE_OPTIONS=--max-old-space-size=48 --max-semi-space-size=4'];
const RSS_GROWTH_MAX_MB = 40;
const SAMPLE_MS = 250;
/** What comes before is compilation, however long that takes. */
const WARM_BATCHES = BATCHES / 10;

describe.skipIf(INFLUXD_MISSING || !existsSync(RECORDINGS))('InfluxDB away for a day (needs influxd)', () => {
  let influxd: Influxd;
  let home: GatewayHome;
  let gateway: GatewayProcess;
  const samples: { readonly batches: number; readonly rssMb: number }[] = [];
  const sample = () => samples.push({ batches: countsOf(home).batches, rssMb: rssOf(gateway.pid) });
  const warmRssMb = () => samples.filter(({ batches }) => batches >= WARM_BATCHES).map(({ rssMb }) => rssMb);

  beforeAll(async () => {
    influxd = await startInfluxd();
    home = await prepareHome({
      devices: Object.fromEntries(HANDLES.map((handle) => [handle, 60_000])),
      toml: `${influxd.toml}\nrecord = { batchMaxReadings = ${BATCH_READINGS} }`,
    });
    gateway = await home.start({ under: SMALL_HEAP });
    await influxd.stop();
    const sampling = setInterval(sample, SAMPLE_MS);
    await Promise.all(HANDLES.map((handle) => sendADay(home, gateway.brokerPort, handle)));
    clearInterval(sampling);
    sample();
  });
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
    await influxd?.[Symbol.asyncDispose]();
  });

  it('records on, and lets every batch wait in the outbox', async () => {
    await settled('everything sealed', () => countsOf(home).batches === BATCHES);
    expect(countsOf(home)).toMatchObject({ batches: BATCHES, unstored: BATCHES });
  });

  it('keeps nothing of it in memory', () => {
    console.info(JSON.stringify(samples));
    const warm = warmRssMb();
    expect(warm.length).toBeGreaterThan(1);
    expect(Math.max(...warm) - warm[0]!).toBeLessThan(RSS_GROWTH_MAX_MB);
  });

  it('catches up once InfluxDB is back: counts equal, every reading read back from there, every chain whole', async () => {
    await influxd.start();
    await settled('caught up', () => countsOf(home).unstored === 0, CATCH_UP_MS);
    expect(rssOf(gateway.pid) - warmRssMb()[0]!).toBeLessThan(RSS_GROWTH_MAX_MB);
    expect(await gateway.stop()).toBe(0);
    expect(await influxd.count()).toBe(BATCHES);
    using reader = await openReader(home);
    let [readings, batches] = [0, 0];
    for (const { stay } of reader.stays()) {
      readings += (await reader.readings(stay)).length;
      batches += await reader.checkChain(stay);
    }
    expect([readings, batches]).toEqual([READINGS, BATCHES]);
  });
});

async function sendADay(home: GatewayHome, port: number, handle: string): Promise<void> {
  const secret = home.secrets.get(handle)!;
  const sent = await replayRecording({ port, gateway: PROCESS_GATEWAY, handle, secret, rows: ROWS_OF_A_DAY });
  expect(sent).toBe(ROWS_OF_A_DAY * READINGS_A_ROW);
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
