// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench`: the budgets of the design, measured in one run, printed as one table. With `--quick`, a slice of 20 seconds.
 * `npm run bench PART`: one part alone; what the parts are called is in `PARTS`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SMALL_BOX } from '../../gateway/small-box.ts';
import { INFLUXD_MISSING, startInfluxd } from '../support/influxd.ts';
import { measureBoard } from './board.ts';
import { bundleGateway } from './bundle.ts';
import { CLIENTS, type Ingest, measureIngest } from './ingest.ts';
import { fabricRows, ledgerRows } from './ledger-rows.ts';
import { measurePlainPoints, storedBytes } from './plain-points.ts';
import { profiled, type StageCost, stageCosts } from './profile.ts';
import {
  boardRow,
  ingestRow,
  memoryRow,
  patientRows,
  patientStoredRow,
  peerRow,
  storedRow,
  writtenRow,
  writtenSteps,
} from './rows.ts';
import { delayedSyncs, slowDisk, slowDiskMissing } from './slow-disk.ts';
import { measureStoredBytes } from './stored-bytes.ts';
import { formatColumns, formatTable, notAvailable, type Row } from './table.ts';
import { measureTelegraf, telegrafMissing } from './telegraf.ts';
import { measurePatientTime } from './trend.ts';
import { measureWritten } from './written.ts';

interface Sizes {
  /** A multiple of the batch's 1,000. */
  readonly readingsPerClient: number;
  readonly boardSeconds: number;
  /** Long enough, in full, for every stream to close a batch of 1,000 readings. */
  readonly writtenSeconds: number;
  readonly patientHours: number;
  readonly logEntries: number;
}
const FULL: Sizes = {
  readingsPerClient: 20_000,
  boardSeconds: 30,
  writtenSeconds: 200,
  patientHours: 24,
  logEntries: 200_000,
};
const QUICK: Sizes = {
  readingsPerClient: 3000,
  boardSeconds: 3,
  writtenSeconds: 0,
  patientHours: 0.5,
  logEntries: 20_000,
};
/** Long enough for hundreds of batches. */
const PATIENT_STORED_HOURS = 6;

/** Of the ward's own clock: a second of them takes a thirtieth of that. */
const QUICK_WRITTEN_SECONDS = 30;

/** As `lamplight start` runs the gateway on a box of less than 4 GiB. */
const SMALL_MEMORY = [
  'env',
  ...Object.entries(SMALL_BOX.env).map(([name, value]) => `${name}=${value}`),
  `NODE_OPTIONS=${SMALL_BOX.flags.join(' ')}`,
];

const PARTS = {
  ingest: embedded,
  board: sensorToBoard,
  trend: patientTime,
  written,
  ledger,
  influx: withInflux,
  bytes: patientBytes,
  'slow-disk': slowDiskBoard,
  bundle: bundled,
};
const QUICK_PARTS = ['ingest', 'board', 'trend', 'written'] as const;
const { quick, only } = asked(process.argv.slice(2));
const sizes = quick ? QUICK : FULL;
const scratch = await mkdtemp(join(tmpdir(), 'lamplight-bench-'));
try {
  const rows: Row[] = [];
  let isWhole = true;
  const busy = loadavg()[0]!.toFixed(1);
  process.stdout.write(
    `${cpus().length} processors, load ${busy} before the first row, ${new Date().toISOString()}\n\n`,
  );
  const chosen = only === undefined ? (quick ? QUICK_PARTS : Object.keys(PARTS)) : [only];
  for (const name of chosen) {
    process.stderr.write(`bench: ${name} ...\n`);
    try {
      rows.push(...(await PARTS[name as keyof typeof PARTS]()));
    } catch (error) {
      // What the others measure in minutes is not to be lost with it.
      isWhole = false;
      process.stderr.write(`bench: ${name} failed: ${(error as Error).stack}\n`);
    }
  }
  if (rows.length > 0) process.stdout.write(`${formatTable(rows)}\n`);
  if (!quick && only === undefined) process.stdout.write(`\n${await costs()}\n`);
  process.exitCode = isWhole && rows.every((row) => row.pass !== false) ? 0 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** Ends the process for a word that is none of ours, or for help. */
function asked(argv: string[]): { quick: boolean; only: string | undefined } {
  const usage = `npm run bench [-- PART] [-- --quick]\n\nThe parts: ${Object.keys(PARTS).join(', ')}. Without one, all of them: about 8 minutes.\n`;
  try {
    const options = { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const unknown = positionals.find((name, i) => i > 0 || !Object.hasOwn(PARTS, name));
    if (unknown === undefined) return { quick: values.quick, only: positionals[0] };
    process.stderr.write(`"${unknown}" is not a part, or one too many.\n\n${usage}`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
  }
  process.exit(2);
}

async function embedded(): Promise<Row[]> {
  const ingest = await measureIngest(sizes);
  return [ingestRow('SQLite', ingest), storedRow('SQLite', ingest)];
}

async function written(): Promise<Row[]> {
  const seconds = Math.max(sizes.writtenSeconds, QUICK_WRITTEN_SECONDS);
  return writtenSteps(await measureWritten(scratch, seconds), seconds);
}

async function ledger(): Promise<Row[]> {
  const progress = (words: string) => process.stderr.write(`bench: ${words} ...\n`);
  const rows = await ledgerRows(scratch, sizes.logEntries, progress);
  return [...rows, ...(await fabricRows(scratch, process.env['FABRIC_BIN']))];
}

async function withInflux(): Promise<Row[]> {
  if (INFLUXD_MISSING) return [notAvailable('ingest to InfluxDB', 'influxd is missing')];
  let ingest: Ingest;
  {
    await using influxd = await startInfluxd();
    ingest = await measureIngest({ ...sizes, toml: influxd.toml, storedBytes: () => storedBytes(influxd) });
  }
  const plain = await measurePlainPoints(CLIENTS * sizes.readingsPerClient);
  const telegraf = 'Telegraf: MQTT QoS 1 through Mosquitto to InfluxDB';
  const missing = await telegrafMissing();
  return [
    ingestRow('InfluxDB', ingest),
    peerRow('plain points by the influx client, without MQTT', plain, ingest),
    missing === undefined
      ? peerRow(telegraf, await measureTelegraf(sizes.readingsPerClient), ingest)
      : notAvailable(`beside it, ${telegraf}`, missing),
    storedRow('InfluxDB', ingest, plain),
  ];
}

async function patientBytes(): Promise<Row[]> {
  if (INFLUXD_MISSING) return [notAvailable('bytes stored a reading, one patient', 'influxd is missing')];
  return [patientStoredRow(await measureStoredBytes({ hours: PATIENT_STORED_HOURS, batchReadings: 1000 }))];
}

async function sensorToBoard(): Promise<Row[]> {
  return [boardRow(await measureBoard({ seconds: sizes.boardSeconds }))];
}

async function slowDiskBoard(): Promise<Row[]> {
  const missing = slowDiskMissing();
  if (missing !== undefined) return [notAvailable('sensor to board, every fsync 30 ms slower', missing)];
  const output = join(scratch, 'fsyncs');
  const figures = await measureBoard({ seconds: sizes.boardSeconds, under: slowDisk(output) });
  return [boardRow(figures, delayedSyncs(output))];
}

async function bundled(): Promise<Row[]> {
  const figures = await measureBoard({ seconds: sizes.writtenSeconds, frontDoor: await bundleGateway() });
  const small = await measureBoard({
    seconds: sizes.boardSeconds,
    frontDoor: await bundleGateway(),
    under: SMALL_MEMORY,
  });
  return [
    writtenRow(figures, sizes.writtenSeconds),
    memoryRow('bundled', figures),
    memoryRow('bundled, with the settings of a small box (gateway/small-box.ts)', small),
  ];
}

async function patientTime(): Promise<Row[]> {
  return patientRows(await measurePatientTime(sizes.patientHours), sizes.patientHours);
}

/** Where the time of the embedded ingest goes, from a run of its own, for the profiler costs time too. */
async function costs(): Promise<string> {
  const { readings } = await measureIngest({ ...sizes, under: profiled(scratch) });
  const line = ({ thread, stage, micros }: StageCost) => [thread, stage, (micros / readings).toFixed(2)];
  return formatColumns(['thread', 'stage', 'us a reading'], stageCosts(scratch).map(line));
}
