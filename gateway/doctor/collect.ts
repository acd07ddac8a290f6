// SPDX-License-Identifier: Apache-2.0
/** Gathers the doctor's facts: the one place that looks at disk, clock, ports and processes. Changes nothing. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import * as z from 'zod';
import { CodedError, viewLog } from '../../ledger/index.ts';
import { isClockSynchronised } from '../clock-state.ts';
import { type Io, readPassphrase } from '../command.ts';
import { type Config, parseConfig } from '../config.ts';
import { type DataPaths, formatOf } from '../data-directory.ts';
import { readIdentity } from '../identity.ts';
import { openCredentials } from '../intake/credentials.ts';
import { usedPercent } from '../journal/disk.ts';
import { openKeyStore } from '../key-store.ts';
import { isLocked } from '../lock-database.ts';
import { type WardMessage, wardMessageSchema } from '../messages.ts';
import { checkSeriesStore } from '../series/series-check.ts';
import { readStationFile, type StationFile } from '../station-file.ts';
import { askGateway } from '../station-request.ts';
import type { Facts, FileFact, Outcome, PortFact } from './facts.ts';
import { accountCount } from './look-database.ts';

const HEALTH_TIMEOUT_MS = 5_000;

const healthSchema = z.object({
  problems: z.array(z.string()),
  facts: z.object({
    seriesLagBatches: z.number(),
    anchorLagEntries: z.number(),
    clockSetMs: z.number(),
    anchored: z
      .object({
        size: z.number(),
        waitingMs: z.number(),
        alarm: z.enum(['ANCHOR_ACCUSED', 'ANCHOR_FORKED', 'ANCHOR_ROLLED_BACK']).nullable(),
      })
      .nullable(),
  }),
});

/** Looks at everything. Also gives the configuration that is in effect, for the repairs. */
export async function collectFacts(paths: DataPaths, io: Io): Promise<{ facts: Facts; config: Config }> {
  const { config, fact: configFact } = await lookAtConfig(paths.config);
  const isRunning = isLocked(`${paths.directory}/gateway.lock`);
  const ward = isRunning ? await askForWard(paths) : undefined;
  const facts: Facts = {
    nodeVersion: process.versions.node,
    directory: await fileFact(paths.directory),
    format: await outcome(() => formatOf(paths)),
    privateFiles: await privateFiles(paths),
    keyStores: await lookAtKeys(paths, io),
    config: configFact,
    disk: {
      usedPercent: existsSync(paths.directory) ? await usedPercent(paths.directory, 0) : 0,
      waveformStopPercent: config.journal.waveformStopPercent,
      refusePercent: config.journal.refusePercent,
    },
    isClockSynchronised: await isClockSynchronised(),
    ports: await lookAtPorts(config),
    gateway: { isRunning, broker: ward?.outcome, health: ward?.station && (await health(ward.station)) },
    log: await lookAtLog(paths),
    series: await checkSeriesStore(config, { fix: false, paths }),
    devices: await lookAtDevices(paths, ward?.message),
    accounts: accountCount(paths.accounts),
  };
  return { facts, config };
}

async function outcome(look: () => Promise<unknown>): Promise<Outcome> {
  try {
    await look();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { ok: false, code: error.code, detail: error.message };
  }
}

async function fileFact(path: string): Promise<FileFact | undefined> {
  if (!existsSync(path)) return undefined;
  const { mode, uid } = await stat(path);
  return { name: basename(path), path, mode: mode & 0o7777, isOurs: uid === process.geteuid?.() };
}

async function privateFiles(paths: DataPaths): Promise<FileFact[]> {
  const { gatewayKeys, stationKeys, organisationKeys, devices, station, commandLine, accounts, demoCredentials } =
    paths;
  const files = [gatewayKeys, stationKeys, organisationKeys, devices, station, commandLine, accounts, demoCredentials];
  return (await Promise.all(files.map(fileFact))).filter((fact) => fact !== undefined);
}

async function lookAtKeys(paths: DataPaths, io: Io): Promise<Facts['keyStores']> {
  const look = async (role: 'gateway' | 'station', path: string) => {
    let protection: Facts['keyStores'][number]['protection'];
    const opened = await outcome(async () => {
      const options = { passphrase: await readPassphrase(io.env), demo: true };
      ({ protection } =
        role === 'gateway' ? await openKeyStore(path, role, options) : await openKeyStore(path, role, options));
    });
    return { role, opened, protection };
  };
  return [await look('gateway', paths.gatewayKeys), await look('station', paths.stationKeys)];
}

/** As the gateway would take it, but without keeping a good copy. */
async function lookAtConfig(path: string): Promise<{ config: Config; fact: Facts['config'] }> {
  if (!existsSync(path)) return { config: parseConfig(''), fact: { state: 'default', detail: '' } };
  try {
    return { config: parseConfig(await readFile(path, 'utf8')), fact: { state: 'good', detail: '' } };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const copy = `${path}.good`;
    if (!existsSync(copy)) return { config: parseConfig(''), fact: { state: 'invalid', detail: error.message } };
    return { config: parseConfig(await readFile(copy, 'utf8')), fact: { state: 'last-good', detail: error.message } };
  }
}

async function lookAtPorts({ broker, station }: Config): Promise<PortFact[]> {
  const wanted = [
    { what: 'broker', ...broker },
    { what: 'station', ...station },
  ];
  // Port 0 takes any free one.
  const looks = wanted
    .filter(({ port }) => port !== 0)
    .map(async ({ what, host, port }) => {
      return { what, port, state: await stateOf(host, port) };
    });
  return Promise.all(looks);
}

/** `refused`: no such address on this machine, or not for this user. */
function stateOf(host: string, port: number): Promise<PortFact['state']> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'taken' : 'refused'))
      .listen(port, host, () => probe.close(() => resolve('free')));
  });
}

interface Ward {
  readonly outcome: Outcome;
  readonly station: StationFile | undefined;
  readonly message?: WardMessage;
}

async function askForWard(paths: DataPaths): Promise<Ward> {
  let station: StationFile | undefined;
  let message: WardMessage | undefined;
  const reached = await outcome(async () => {
    station = await readStationFile(paths.commandLine);
    if (!station) return;
    const request = { id: randomUUID(), from: station.name, by: 'doctor', command: 'snapshot' as const };
    const { result } = await askGateway(station, request);
    message = wardMessageSchema.parse((result as { ward?: unknown }).ward);
  });
  if (!station && reached.ok) return { outcome: { ok: false, code: 'no credential', detail: '' }, station };
  return { outcome: reached, station, ...(message && { message }) };
}

async function health(station: StationFile): Promise<Facts['gateway']['health']> {
  if (station.operationsPort === undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    const response = await fetch(`http://${station.host}:${station.operationsPort}/healthz`, { signal });
    const { problems, facts } = healthSchema.parse(await response.json());
    return { problems, ...facts };
  } catch {
    // No answer, or none of ours: the finding says so.
    return undefined;
  }
}

async function lookAtLog(paths: DataPaths): Promise<Facts['log']> {
  let size = 0;
  const found = await outcome(async () => {
    const { vkey } = await readIdentity(paths.identity);
    const view = await viewLog(paths.log, vkey);
    size = view.size;
    // The path of the newest entry goes through the newest tile of every level.
    if (size > 0) await view.inclusionProof(size - 1);
  });
  return found.ok ? { ...found, size } : found;
}

async function lookAtDevices(paths: DataPaths, ward: WardMessage | undefined): Promise<Facts['devices']> {
  if (!existsSync(paths.devices)) return [];
  const credentials = await openCredentials(paths.devices).catch(undefinedIfCoded);
  return credentials?.devices().map(({ handle, intervalMs }) => {
    const state = ward?.devices.find(({ device }) => device === handle);
    const lastSeenMs = state?.lastSeenMs ?? null;
    return {
      handle,
      isLinked: state?.bed != null,
      silentMs: ward && lastSeenMs !== null ? ward.sentMs - lastSeenMs : null,
      isEpisodic: intervalMs === null,
    };
  });
}

function undefinedIfCoded(error: unknown): undefined {
  if (!(error instanceof CodedError)) throw error;
}
