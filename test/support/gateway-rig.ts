// SPDX-License-Identifier: Apache-2.0
/** A real gateway in this process, on a data directory of its own: for whole-system tests that look inside. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { createWardClock, type WardClockOptions } from '../../devices/index.ts';
import { parseConfig } from '../../gateway/config.ts';
import { dataPaths } from '../../gateway/data-directory.ts';
import { type Gateway, openGateway } from '../../gateway/gateway.ts';
import { CARE_TEAM_ID, logName, makeIdentity, writeIdentity } from '../../gateway/identity.ts';
import { openCredentials } from '../../gateway/intake/credentials.ts';
import { createKeyStore, openKeyStore } from '../../gateway/key-store.ts';
import { openAdministrator } from '../../gateway/ledger/administrator.ts';
import { createLog } from '../../gateway/log.ts';
import { createMetrics, type Metrics } from '../../gateway/metrics.ts';
import { writeStationFile } from '../../gateway/station-file.ts';
import { systemTimers } from '../../gateway/timers.ts';
import { ed25519PublicKey, formatVerifierKey, rawPublicKey, sha256, verifierKey } from '../../ledger/index.ts';

export interface RigOptions {
  /** Reuses a directory of an earlier rig; otherwise a fresh one. */
  readonly directory?: string;
  /** Leaves the directory for the next rig. */
  readonly keep?: boolean;
  readonly clock?: WardClockOptions;
  /** Lines of lamplight.toml after the first two. */
  readonly toml?: string;
  /** Handles to enrol, with their declared interval in ward ms (null: episodic). */
  readonly devices?: Readonly<Record<string, number | null>>;
}

export interface Rig extends AsyncDisposable {
  readonly directory: string;
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly logLines: string[];
  readonly vkey: string;
  secretOf(handle: string): string;
  /** A signed-in MQTT client of a device. */
  connect(handle: string, options?: object): Promise<MqttClient>;
  /** Stops the gateway, keeps the directory. */
  stop(): Promise<void>;
}

export const RIG_GATEWAY = 'rig';
const secrets = new Map<string, Map<string, string>>();

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'lamplight-rig-')));
  const paths = dataPaths(directory);
  const toml = `gateway = "${RIG_GATEWAY}"\nbroker = { port = 0 }\n${options.toml ?? 'journal = { reserveBytes = 1048576 }'}`;
  await writeFile(paths.config, toml);
  const config = parseConfig(toml);
  if (!options.directory)
    for (const role of ['gateway', 'station'] as const)
      await createKeyStore(role === 'gateway' ? paths.gatewayKeys : paths.stationKeys, role, { demo: true });
  const keys = await openKeyStore(paths.gatewayKeys, 'gateway', { demo: true });
  const station = await openKeyStore(paths.stationKeys, 'station', { demo: true });
  const vkey = formatVerifierKey(verifierKey(logName(RIG_GATEWAY), ed25519PublicKey(keys.log.publicKey), sha256));
  const administrator = await openAdministrator(paths, { demo: true });
  const careTeam = { id: CARE_TEAM_ID, publicKey: rawPublicKey(station.careTeamKem.publicKey) };
  const identity = makeIdentity(RIG_GATEWAY, keys, vkey, careTeam, administrator.publicKey);
  await writeIdentity(paths.identity, identity);
  const credentials = await openCredentials(paths.devices);
  const known = secrets.get(directory) ?? new Map<string, string>();
  secrets.set(directory, known);
  for (const [handle, intervalMs] of Object.entries(options.devices ?? {})) {
    if (!known.has(handle))
      known.set(handle, (await credentials.addDevice({ handle, kind: 'senml', label: handle, intervalMs })) ?? '');
  }
  const metrics = createMetrics();
  const logLines: string[] = [];
  const gateway = await openGateway({
    config,
    paths,
    keys,
    identity,
    administrator,
    credentials,
    metrics,
    clock: createWardClock(options.clock ?? { rate: 1, originRealMs: 0, originWardMs: 0 }),
    timeTrust: 1,
    random: randomBytes,
    log: createLog({ write: (line) => logLines.push(line), nowMs: () => Date.now() }),
    timers: systemTimers(),
    origin: 'synthetic',
  });
  const { brokerPort: port, operationsPort } = gateway;
  const address = { gateway: RIG_GATEWAY, host: '127.0.0.1', port, operationsPort, name: 'board' };
  await writeStationFile(paths.station, credentials, address);
  await writeStationFile(paths.commandLine, credentials, { ...address, name: 'shell' });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= gateway[Symbol.asyncDispose]() as Promise<void>);
  return {
    directory,
    gateway,
    metrics,
    logLines,
    vkey,
    stop,
    secretOf: (handle) => known.get(handle) ?? '',
    connect: (handle, more = {}) =>
      mqtt.connectAsync({
        host: '127.0.0.1',
        port: gateway.brokerPort,
        protocolVersion: 4,
        clientId: handle,
        username: handle,
        password: known.get(handle) ?? '',
        ...more,
      }),
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (!options.keep) await rm(directory, { recursive: true, force: true });
    },
  };
}
