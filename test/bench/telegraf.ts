// SPDX-License-Identifier: Apache-2.0
/** Telegraf as a bench peer: the same load through Mosquitto and its MQTT consumer (QoS 1) into InfluxDB. It proves nothing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePort } from '../support/free-port.ts';
import { INFLUX_DATABASE, type Influxd, startInfluxd } from '../support/influxd.ts';
import { settled } from '../support/settled.ts';
import { CLIENTS, generateLoad } from './ingest.ts';
import { type PeerFigures, storedBytes } from './plain-points.ts';

const PACKAGE = 'github.com/influxdata/telegraf/cmd/telegraf@v1.37.2';
/** Only what is measured: all of Telegraf takes a quarter of an hour to build. */
const TAGS = 'custom,inputs.mqtt_consumer,outputs.influxdb,parsers.influx';
const TOOLS = join(tmpdir(), 'lamplight-bench-tools');
const PROGRAM = join(TOOLS, 'telegraf');
const BUILD_MS_MAX = 900_000;
const IN_FLIGHT = 128;
const SESSION = 'be9c000000000004';

/** Why Telegraf cannot be measured here; undefined when it can. Builds it once, into a folder outside the repository. */
export async function telegrafMissing(): Promise<string | undefined> {
  for (const program of ['mosquitto', 'influxd']) if (spawnSync(program, ['-h']).error) return `${program} is missing`;
  if (existsSync(PROGRAM)) return undefined;
  if (spawnSync('go', ['version']).error) return 'Go is missing';
  await mkdir(TOOLS, { recursive: true });
  const env = { ...process.env, GOBIN: TOOLS };
  const { status } = spawnSync('go', ['install', '-tags', TAGS, PACKAGE], { env, timeout: BUILD_MS_MAX });
  return status === 0 ? undefined : 'Telegraf could not be built';
}

/** The clock stops when InfluxDB has counted every reading. */
export async function measureTelegraf(readingsPerClient: number): Promise<PeerFigures> {
  await using influxd = await startInfluxd();
  const directory = await mkdtemp(join(tmpdir(), 'lamplight-telegraf-'));
  const port = await freePort();
  const readings = CLIENTS * readingsPerClient;
  const children: ChildProcess[] = [];
  try {
    const broker = join(directory, 'mosquitto.conf');
    await writeFile(broker, mosquittoConfig(port));
    children.push(await started('mosquitto', ['-c', broker], /running/));
    const agent = join(directory, 'telegraf.conf');
    await writeFile(agent, telegrafConfig(port, influxd));
    children.push(await started(PROGRAM, ['--config', agent], /Connected/));
    const clients = Array.from({ length: CLIENTS }, (_, i) => ({ name: `bed-${i + 1}`, topic: `bench/bed-${i + 1}` }));
    const job = { port, clients, messagesPerClient: readingsPerClient, inFlight: IN_FLIGHT, session: SESSION };
    const { startedMs } = await generateLoad({ ...job, body: 'line-protocol' });
    await settled('every reading is in InfluxDB', async () => (await count(influxd)) === readings);
    const seconds = (Date.now() - startedMs) / 1000;
    return { readings, seconds, storedBytesPerReading: (await storedBytes(influxd)) / readings };
  } finally {
    for (const child of children.reverse()) await ended(child);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Unlimited queues: with its defaults Mosquitto acknowledges what it drops. */
function mosquittoConfig(port: number): string {
  return `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\npersistence false\n`;
}

function telegrafConfig(port: number, influxd: Influxd): string {
  return `
[agent]
  flush_interval = "1s"
  metric_batch_size = 10000
  metric_buffer_limit = 10000000
  omit_hostname = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:${port}"]
  topics = ["bench/#"]
  topic_tag = ""
  qos = 1
  max_undelivered_messages = 100000
  data_format = "influx"
[[outputs.influxdb]]
  urls = ["${influxd.url}"]
  database = "${INFLUX_DATABASE}"
  skip_database_creation = true
`;
}

async function count(influxd: Influxd): Promise<number> {
  return Number((await influxd.query('SELECT count(value) FROM reading')).values[0]?.[1] ?? 0);
}

/** A program that has said that it is ready. */
async function started(program: string, argv: readonly string[], ready: RegExp): Promise<ChildProcess> {
  const child = spawn(program, [...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const says = (stream: Readable) =>
    new Promise<void>((resolve) => {
      createInterface({ input: stream }).on('line', (line) => {
        if (ready.test(line)) resolve();
      });
    });
  const exit = once(child, 'exit').then(() => {
    throw new Error(`${program} ended before it was ready`);
  });
  await Promise.race([says(child.stdout), says(child.stderr), exit]);
  exit.catch(() => undefined);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await exited;
}
