// SPDX-License-Identifier: Apache-2.0
/** Composition root of the gateway process: `lamplight gateway`. The only place that reads its argv, environment and clock. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createWardClock, parseClock, type WardClockOptions } from '../devices/index.ts';
import {
  ed25519PublicKey,
  formatVerifierKey,
  type Recipient,
  rawPublicKey,
  sha256,
  verifierKey,
} from '../ledger/index.ts';
import { isClockSynchronised } from './clock-state.ts';
import { type Io, readPassphrase } from './command.ts';
import { loadConfig } from './config.ts';
import { type DataPaths, openDataDirectory } from './data-directory.ts';
import { admitDemoPatients } from './demo-admissions.ts';
import { GatewayError } from './errors.ts';
import { faultPoints } from './fault-point.ts';
import { openGateway } from './gateway.ts';
import { CARE_TEAM_ID, type Identity, logName, makeIdentity, readIdentity, writeIdentity } from './identity.ts';
import { openCredentials } from './intake/credentials.ts';
import { makeRoom } from './journal/disk-watch.ts';
import { type GatewayKeys, openKeyStore } from './key-store.ts';
import { openAdministrator } from './ledger/administrator.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { prepareDirectory } from './prepare-directory.ts';
import { writeStationFile } from './station-file.ts';
import { systemTimers } from './timers.ts';

const OPTIONS = {
  data: { type: 'string', default: 'lamplight-data' },
  demo: { type: 'boolean', default: false },
  prepare: { type: 'boolean', default: false },
  rate: { type: 'string' },
  'clock-origin': { type: 'string' },
  origin: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `lamplight gateway: the bedside daemon alone (lamplight start runs it with the nurse station)

  --data DIR              data directory (default: lamplight-data)
  --demo                  accept demo key stores, admit the virtual patients
  --prepare               make the key stores first where there are none, as lamplight start does
  --rate N                ward time runs N times as fast as real time
  --clock-origin R:W      at real time R (ms since 1970) ward time was W; shared with the simulator
  --origin TEXT           what the data is, said on every page: "synthetic" or "recorded, de-identified"
`;

/** Names under which the two stations of this machine sign in. */
const STATION = 'nurse-station';
const COMMAND_LINE = 'command-line';

/** Runs until asked to stop. Resolves with 0 after a graceful stop, 1 when a part died, 2 on wrong use. */
export async function gatewayCommand(argv: readonly string[], io: Io): Promise<number> {
  const options = parseArgs({ args: [...argv], options: OPTIONS }).values;
  if (options.help) {
    io.stdout.write(HELP);
    return 0;
  }
  const clockOptions = parseClock({ rate: options.rate, origin: options['clock-origin'] });
  if (!clockOptions) throw new GatewayError('CLOCK_FLAGS');
  if (options.prepare) await prepareDirectory(options.data, io);
  await using data = await openDataDirectory(options.data);
  // Awaited here: returned as a promise, it would run without the lock, which ends with this block.
  return await run(data.paths, clockOptions, options, io);
}

async function run(
  paths: DataPaths,
  clockOptions: WardClockOptions,
  options: { demo: boolean; origin?: string | undefined },
  io: Io,
): Promise<number> {
  const metrics = createMetrics({ process: true });
  const log = createLog({
    write: (line) => io.stderr.write(line),
    nowMs: () => Date.now(),
    onRedacted: () => metrics.count('log_redacted_total'),
  });
  const { config, warning } = await loadConfig(paths.config);
  if (warning) log.warn('config-warning', { error: warning });
  await makeRoom(paths.directory, config.journal);
  const keyOptions = { passphrase: await readPassphrase(io.env), demo: options.demo };
  const keys = await openKeyStore(paths.gatewayKeys, 'gateway', keyOptions);
  const administrator = await openAdministrator(paths, keyOptions);
  const identity = await identify(paths, config.gateway, keys, keyOptions, administrator.publicKey);
  const credentials = await openCredentials(paths.devices);
  const faultPoint = io.env['LAMPLIGHT_FAULT'];
  const synchronous = io.env['LAMPLIGHT_SYNCHRONOUS'];
  const clock = createWardClock(clockOptions);
  const startedMs = clock.wallMs();
  const newStay = () => randomBytes(16).toString('hex');
  await using gateway = await openGateway({
    config,
    paths,
    keys,
    identity,
    administrator,
    credentials,
    clock,
    timeTrust: (await isClockSynchronised()) ? 1 : 0,
    random: randomBytes,
    log,
    metrics,
    timers: systemTimers(),
    origin: options.origin ?? (options.demo ? 'synthetic' : null),
    ...(options.demo && {
      beforeTransports: (dataPath) => admitDemoPatients(dataPath, credentials.devices(), newStay, startedMs),
    }),
    passFaultPoint: faultPoints(faultPoint, () => process.kill(process.pid, 'SIGKILL')),
    ...(faultPoint !== undefined && { faultPoint }),
    // Weaker commits exist only to show that the durability tests can fail; nobody can configure them.
    ...((synchronous === 'OFF' || synchronous === 'NORMAL') && { synchronous }),
  });
  for (const [path, name] of [
    [paths.station, STATION],
    [paths.commandLine, COMMAND_LINE],
  ] as const) {
    await writeStationFile(path, credentials, {
      gateway: config.gateway,
      host: config.broker.host,
      port: gateway.brokerPort,
      operationsPort: gateway.operationsPort,
      name,
    });
  }
  io.stdout.write(
    `${JSON.stringify({ ready: true, brokerPort: gateway.brokerPort, operationsPort: gateway.operationsPort })}\n`,
  );
  log.info('gateway-ready', { port: gateway.brokerPort, protection: keys.protection });
  const stopped = new Promise<'stopped'>((resolve) => {
    if (io.signal.aborted) resolve('stopped');
    io.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const outcome = await Promise.race([stopped, gateway.failed]);
  if (outcome === 'stopped') return 0;
  log.error('gateway-failed', { error: outcome });
  return 1;
}

/** The public identity of this gateway, written anew at every start. Its name and the care team's key stay those of the first. Throws GatewayError GATEWAY_RENAMED. */
async function identify(
  paths: DataPaths,
  gateway: string,
  keys: GatewayKeys,
  keyOptions: { passphrase: string | undefined; demo: boolean },
  administrator: Uint8Array,
): Promise<Identity> {
  const earlier = existsSync(paths.identity) ? await readIdentity(paths.identity) : undefined;
  // Before anything is written: with a wrong identity beside it, the record could not even be checked.
  if (earlier && earlier.gateway !== gateway) throw new GatewayError('GATEWAY_RENAMED', earlier.gateway);
  const vkey = formatVerifierKey(verifierKey(logName(gateway), ed25519PublicKey(keys.log.publicKey), sha256));
  const identity = makeIdentity(
    gateway,
    keys,
    vkey,
    earlier?.careTeam ?? (await careTeam(paths, keyOptions)),
    administrator,
  );
  await writeIdentity(paths.identity, identity);
  return identity;
}

/** At the first start: from the station's key store on this machine. */
async function careTeam(
  paths: DataPaths,
  keyOptions: { passphrase: string | undefined; demo: boolean },
): Promise<Recipient> {
  const station = await openKeyStore(paths.stationKeys, 'station', keyOptions);
  return { id: CARE_TEAM_ID, publicKey: rawPublicKey(station.careTeamKem.publicKey) };
}
