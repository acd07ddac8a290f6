// SPDX-License-Identifier: Apache-2.0
/** A patient's day: 24 hours of six vitals at 1 Hz through the gateway, then opened as a trend, checked whole, and one reading verified. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadConfig } from '../../gateway/config.ts';
import { CARE_TEAM_ID, readIdentity } from '../../gateway/identity.ts';
import { openKeyStore } from '../../gateway/key-store.ts';
import { topics } from '../../gateway/messages.ts';
import { seriesOptions } from '../../gateway/series/open-series.ts';
import { openReader } from '../../gateway/series/reader.ts';
import { nodeCrypto } from '../../ledger/crypto/node.ts';
import { verifyProof } from '../../ledger/verify/index.ts';
import { type GatewayHome, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { openRecord } from '../support/record.ts';
import { generateLoad } from './ingest.ts';
import { LOAD_VITALS } from './load-job.ts';

export interface PatientTime {
  readonly readings: number;
  /** Question to answer over the reader's worker: fetched, opened, every leaf checked, sent over. */
  readonly trendMs: number;
  /** The longest that the asking thread was blocked meanwhile. */
  readonly blockedMs: number;
  /** All batches opened, every leaf and the chain checked. */
  readonly checkMs: number;
  readonly batches: number;
  /** One proof file, against the log's key. */
  readonly verifyMs: number;
}

const DEVICE = 'bed-1';
const SESSION = 'be9c000000000003';
const IN_FLIGHT = 4096;
const HOUR_MS = 3_600_000;
const VERIFICATIONS = 20;

export async function measurePatientTime(hours: number): Promise<PatientTime> {
  await using home = await prepareHome({ devices: { [DEVICE]: null } });
  const readings = LOAD_VITALS.length * 3600 * hours;
  await record(home, hours, readings);
  const checked = await checkAll(home);
  return { readings, ...(await trend(home, readings)), ...checked };
}

/** Sends the hours that ended just now as fast as the gateway takes them. */
async function record(home: GatewayHome, hours: number, readings: number): Promise<void> {
  const gateway = await home.start();
  await generateLoad({
    port: gateway.brokerPort,
    clients: [{ name: DEVICE, secret: home.secrets.get(DEVICE)!, topic: topics(PROCESS_GATEWAY).senml(DEVICE) }],
    messagesPerClient: readings,
    inFlight: IN_FLIGHT,
    body: 'senml',
    session: SESSION,
    times: { firstMs: Date.now() - hours * HOUR_MS, stepMs: 1000 / LOAD_VITALS.length },
  });
  if ((await gateway.stop()) !== 0) throw new Error(`the gateway failed:\n${gateway.stderr()}`);
}

async function trend({ paths }: GatewayHome, readings: number): Promise<Pick<PatientTime, 'trendMs' | 'blockedMs'>> {
  const station = await openKeyStore(paths.stationKeys, 'station', { demo: true });
  await using reader = await openReader({
    journalPath: paths.journal,
    series: await seriesOptions((await loadConfig(paths.config)).config.series, paths),
    identity: await readIdentity(paths.identity),
    reader: { id: CARE_TEAM_ID, key: station.careTeamKem.privateKey },
  });
  const stays = await reader.call('stays', undefined);
  const range = { fromMs: Number.MIN_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER };
  const loop = monitorEventLoopDelay({ resolution: 1 });
  let found = 0;
  let trendMs = 0;
  for (const { stay } of stays) {
    loop.enable();
    const startedAt = performance.now();
    found += (await reader.call('readings', { stay, ...range })).length;
    trendMs = Math.max(trendMs, performance.now() - startedAt);
    loop.disable();
  }
  if (found !== readings) throw new Error(`${readings} readings were sent, the trend has ${found}`);
  return { trendMs, blockedMs: loop.max / 1e6 };
}

async function checkAll({ paths }: GatewayHome): Promise<Pick<PatientTime, 'checkMs' | 'batches' | 'verifyMs'>> {
  await using record = await openRecord(paths.directory);
  const startedAt = performance.now();
  const batches = await record.checkChains();
  const checkMs = performance.now() - startedAt;
  const [found] = await record.everything();
  const proof = await record.prove(found!);
  const times = Array.from({ length: VERIFICATIONS }, () => {
    const verifyAt = performance.now();
    if (!verifyProof(proof, record.vkey, nodeCrypto).ok) throw new Error('a good proof does not verify');
    return performance.now() - verifyAt;
  });
  // The first: whoever verifies one file has nothing warm.
  return { checkMs, batches, verifyMs: times[0]! };
}
