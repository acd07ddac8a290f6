// SPDX-License-Identifier: Apache-2.0
/** A patient's day: 24 hours of six vitals at 1 Hz through the gateway, then opened as a trend, checked whole, and one reading verified. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { History, historyOptions } from '../../dashboard/history/history.ts';
import type { Trend } from '../../dashboard/history/trend.ts';
import { topics } from '../../gateway/messages.ts';
import { nodeCrypto } from '../../ledger/crypto/node.ts';
import { verifyProof } from '../../ledger/verify/index.ts';
import { type GatewayHome, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { openRecord } from '../support/record.ts';
import { measureExportVerify } from './export-verify.ts';
import { generateLoad } from './ingest.ts';
import { LOAD_VITALS } from './load-job.ts';

export interface PatientTime {
  readonly readings: number;
  /** Question to answer over the station's history worker: fetched, opened, thinned, sent over as JSON. The median of some. */
  readonly trendMs: number;
  /** The same asked first: the worker starts and compiles. */
  readonly firstTrendMs: number;
  readonly trendBytes: number;
  /** The longest that the asking thread was blocked meanwhile. */
  readonly blockedMs: number;
  /** All batches opened, every leaf and the chain checked. */
  readonly checkMs: number;
  readonly batches: number;
  /** The same readings as an exported file, checked by the command in a process of its own. */
  readonly exportVerifyMs: number;
  /** One proof file, against the log's key. */
  readonly verifyMs: number;
}

const DEVICE = 'bed-1';
const SESSION = 'be9c000000000003';
const IN_FLIGHT = 4096;
const HOUR_MS = 3_600_000;
const VERIFICATIONS = 20;
const TRENDS = 5;

export async function measurePatientTime(hours: number): Promise<PatientTime> {
  await using home = await prepareHome({ devices: { [DEVICE]: null } });
  const readings = LOAD_VITALS.length * 3600 * hours;
  await record(home, hours, readings);
  const checked = await checkAll(home);
  const { stay, ...times } = await trend(home, hours);
  return { readings, ...times, ...checked, exportVerifyMs: await measureExportVerify(home, stay, readings) };
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

async function trend(
  { paths }: GatewayHome,
  hours: number,
): Promise<Pick<PatientTime, 'trendMs' | 'firstTrendMs' | 'trendBytes' | 'blockedMs'> & { readonly stay: string }> {
  await using history = new History(() => historyOptions(paths.directory, {}));
  const [stay] = await history.stays();
  const toMs = Date.now();
  const question = { stay: stay!.stay, fromMs: toMs - (hours + 1) * HOUR_MS, toMs, head: [], corrections: [] };
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  let answer = '';
  for (let i = 0; i <= TRENDS; i++) {
    loop.enable();
    const startedAt = performance.now();
    answer = await history.trend(question);
    times.push(performance.now() - startedAt);
    loop.disable();
  }
  expectWhole(JSON.parse(answer), hours);
  const [firstTrendMs, ...warm] = times;
  const trendMs = warm.toSorted((x, y) => x - y)[TRENDS >> 1]!;
  return {
    stay: question.stay,
    trendMs,
    firstTrendMs: firstTrendMs!,
    trendBytes: answer.length,
    blockedMs: loop.max / 1e6,
  };
}

/** A trend of everything that was sent: every vital, from end to end. */
function expectWhole({ series }: Trend, hours: number): void {
  const shortest = Math.min(...series.map(({ times }) => times.at(-1)! - times[0]!));
  if (series.length !== LOAD_VITALS.length || shortest < 0.99 * hours * HOUR_MS)
    throw new Error(`the trend has ${series.length} series, the shortest of ${shortest / HOUR_MS} hours`);
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
