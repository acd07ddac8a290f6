// SPDX-License-Identifier: Apache-2.0
/** Makes the demo: a ward of eight beds with virtual sensors, in a data directory of its own, labelled in every file that could be mistaken. */
import { rm } from 'node:fs/promises';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { openDataDirectory } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { openCredentials } from './intake/credentials.ts';
import { createKeyStore, type Role } from './key-store.ts';
import { writePrivateFile } from './private-file.ts';

const BEDS = 8;
const OXIMETER_BEDS = [7, 8];
/** The wearable that replays a recording. */
export const DEMO_REPLAY_DEVICE = 'wear-1';
const INTERVAL_MS = 1000;
const HOST = '127.0.0.1';
/** Tried in this order from the usual one upwards, so that demos run side by side. */
const PORTS_TRIED = 50;
const USUAL_PORT = { broker: 1883, station: 8080, serial: 4001 } as const;

/** The demo's own until they are disposed, also while nobody listens on them yet, or for a moment. */
export interface DemoPorts extends AsyncDisposable {
  readonly broker: number;
  readonly station: number;
}

/**
 * Prepares `directory` for a demo run: free ports, demo key stores (kept from run to run), fresh device secrets, and
 * `demo-credentials.json` for the simulator. Throws GatewayError DATA_DIRECTORY_* or NO_FREE_PORT.
 */
export async function prepareDemo(directory: string): Promise<DemoPorts> {
  await using data = await openDataDirectory(directory);
  const { paths } = data;
  for (const role of ['gateway', 'station'] as const) await ensureDemoKeys(role, paths);
  await using claims = new AsyncDisposableStack();
  const ports = {
    broker: await freePort(USUAL_PORT.broker, claims),
    station: await freePort(USUAL_PORT.station, claims),
  };

  await rm(paths.devices, { force: true });
  await rm(paths.station, { force: true });
  await rm(paths.commandLine, { force: true });
  const credentials = await openCredentials(paths.devices);
  const devices: { handle: string; secret?: string; kind: string; intervalMs: number; port?: number }[] = [];
  for (let bed = 1; bed <= BEDS; bed += 1) {
    const entry = { handle: `wear-${bed}`, kind: 'senml', intervalMs: INTERVAL_MS };
    const secret = await credentials.addDevice({ ...entry, label: `Virtual wearable, bed ${bed}` });
    devices.push({ ...entry, secret: secret! });
  }
  for (const bed of OXIMETER_BEDS) {
    const port = await freePort(USUAL_PORT.serial, claims);
    const entry = { handle: `oxi-${bed}`, kind: 'nonin-df2', intervalMs: INTERVAL_MS };
    await credentials.addDevice({ ...entry, label: `Virtual oximeter, bed ${bed}`, url: `tcp://${HOST}:${port}` });
    devices.push({ ...entry, port });
  }
  await writePrivateFile(paths.demoCredentials, `${JSON.stringify({ devices }, null, 2)}\n`);
  await writePrivateFile(paths.config, configOf(ports, devices));
  const held = claims.move();
  return { ...ports, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function ensureDemoKeys(role: Role, paths: { gatewayKeys: string; stationKeys: string }): Promise<void> {
  const path = role === 'gateway' ? paths.gatewayKeys : paths.stationKeys;
  try {
    await createKeyStore(path, role, { demo: true });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'KEY_STORE_EXISTS') throw error;
  }
}

function configOf(
  ports: Pick<DemoPorts, 'broker' | 'station'>,
  devices: readonly { handle: string; kind: string; port?: number }[],
): string {
  const serial = devices
    .filter((device) => device.port !== undefined)
    .map(
      ({ handle, kind, port }) =>
        `\n[[serial]]\nhandle = "${handle}"\nurl = "tcp://${HOST}:${port}"\nmodel = "${kind}"\n`,
    );
  return `# DEMO: written anew at every "lamplight start --demo"; changes do not last.
gateway = "demo"
ward = "Demo ward (virtual patients)"

[broker]
port = ${ports.broker}

[station]
port = ${ports.station}
${serial.join('')}`;
}

async function freePort(usual: number, claims: AsyncDisposableStack): Promise<number> {
  for (let port = usual; port < usual + PORTS_TRIED; port += 1) {
    // Another demo, which starts in the same second or whose gateway is just started again, does not listen on its port.
    const claim = await listening({ path: `\0lamplight-demo-port-${port}` });
    if (!claim) continue;
    if (await isFree(port)) {
      claims.use(claim);
      return port;
    }
    await claim[Symbol.asyncDispose]();
  }
  throw new GatewayError('NO_FREE_PORT', `${usual} to ${usual + PORTS_TRIED - 1}`);
}

async function isFree(port: number): Promise<boolean> {
  await using probe = await listening({ port, host: HOST });
  return probe !== undefined;
}

/** Undefined when somebody else listens there. A path that begins with NUL is a name in the kernel, which goes with its process. */
function listening(where: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(undefined))
      .listen(where, () => resolve(server));
  });
}
