// SPDX-License-Identifier: Apache-2.0
/** Ingest end to end: 32 clients against a real gateway process, until every reading is journalled, sealed, stored and anchored. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { topics } from '../../gateway/messages.ts';
import { type GatewayHome, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { openReader } from '../support/record-check.ts';
import { settled } from '../support/settled.ts';
import type { LoadJob, LoadResult } from './load-job.ts';
import { cpuSeconds } from './proc.ts';

export const CLIENTS = 32;
/** Together below the journal's largest group, so that the gateway is always busy and never refuses. */
const IN_FLIGHT = 128;
/** Batches close at this many readings; a multiple of it leaves no batch open, so that the end needs no stop of the gateway. */
export const BATCH_READINGS = 1000;
const SESSION = 'be9c000000000001';
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));

export interface IngestOptions {
  readonly readingsPerClient: number;
  /** A program and its arguments to run the gateway under. */
  readonly under?: readonly string[];
  /** Further lines of lamplight.toml. */
  readonly toml?: string;
  /** What the series store needs; the sealed envelopes in SQLite unless told otherwise. */
  readonly storedBytes?: () => Promise<number>;
}

export interface Ingest {
  readonly readings: number;
  /** From the first message to the last cursor: stored and sequenced under a durable head. */
  readonly seconds: number;
  /** From the first message to the last PUBACK. */
  readonly acknowledgedSeconds: number;
  /** User and system time of the gateway's threads. */
  readonly gatewayCpuSeconds: number;
  /** Bytes of sealed readings in the series store. */
  readonly storedBytesPerReading: number;
}

/** Throws if the record does not hold exactly what was sent. */
export async function measureIngest(options: IngestOptions): Promise<Ingest> {
  const names = Array.from({ length: CLIENTS }, (_, i) => `bed-${i + 1}`);
  await using home = await prepareHome({
    devices: Object.fromEntries(names.map((name) => [name, null])),
    toml: `beds = [${names.map((_, i) => `"${i + 1}"`)}]\nrecord = { batchMaxReadings = ${BATCH_READINGS} }\n${options.toml ?? ''}`,
  });
  const gateway = await home.start({ under: options.under ?? [] });
  const cpuBefore = cpuSeconds(gateway.pid);
  const readings = CLIENTS * options.readingsPerClient;
  const { startedMs, acknowledgedMs } = await generateLoad({
    port: gateway.brokerPort,
    clients: names.map((name) => ({
      name,
      secret: home.secrets.get(name)!,
      topic: topics(PROCESS_GATEWAY).senml(name),
    })),
    messagesPerClient: options.readingsPerClient,
    inFlight: IN_FLIGHT,
    body: 'senml',
    session: SESSION,
  });
  const settledMs = await whenSettled(home, readings / BATCH_READINGS);
  const gatewayCpuSeconds = cpuSeconds(gateway.pid) - cpuBefore;
  if ((await gateway.stop()) !== 0) throw new Error(`the gateway failed:\n${gateway.stderr()}`);
  const recorded = await countRecorded(home);
  if (recorded !== readings) throw new Error(`${readings} readings were acknowledged, ${recorded} are in the record`);
  const storedBytes = options.storedBytes ?? (() => envelopeBytes(home));
  return {
    readings,
    seconds: (settledMs - startedMs) / 1000,
    acknowledgedSeconds: (acknowledgedMs - startedMs) / 1000,
    gatewayCpuSeconds,
    storedBytesPerReading: (await storedBytes()) / readings,
  };
}

/** Runs the load generator in a process of its own. */
export async function generateLoad(job: LoadJob): Promise<LoadResult> {
  const child = fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the load generator ended with ${code}`);
  });
  child.send(job);
  const [result] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return result as LoadResult;
}

/** When `batches` are in the outbox, and all of it is stored and sequenced. */
async function whenSettled({ paths }: GatewayHome, batches: number): Promise<number> {
  const database = new DatabaseSync(paths.journal, { readOnly: true, timeout: 5_000 });
  const sealed = database.prepare('SELECT count(stream) AS n FROM outbox');
  const waiting = database.prepare('SELECT count(*) AS n FROM outbox WHERE stored = 0 OR sequenced = 0');
  try {
    await settled(
      'everything stored and sequenced',
      () => waiting.get()?.['n'] === 0 && sealed.get()?.['n'] === batches,
    );
    return Date.now();
  } finally {
    database.close();
  }
}

/** Without SQLite's own pages. */
async function envelopeBytes({ paths }: GatewayHome): Promise<number> {
  const database = new DatabaseSync(paths.series, { readOnly: true, timeout: 5_000 });
  const row = database.prepare('SELECT sum(length(envelope)) AS bytes FROM point').get();
  database.close();
  return Number(row?.['bytes']);
}

async function countRecorded(home: GatewayHome): Promise<number> {
  using reader = await openReader(home);
  let count = 0;
  for (const { stay } of reader.stays()) {
    for await (const batch of reader.batches(stay)) count += batch.readings.length;
    await reader.checkChain(stay);
  }
  return count;
}
