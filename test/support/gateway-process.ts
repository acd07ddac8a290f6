// SPDX-License-Identifier: Apache-2.0
/** A real `lamplight gateway` as a child process on a data directory of its own: it can be killed at any moment and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WardClockOptions } from '../../devices/index.ts';
import { type DataPaths, openDataDirectory } from '../../gateway/data-directory.ts';
import { openCredentials } from '../../gateway/intake/credentials.ts';
import { createKeyStore } from '../../gateway/key-store.ts';

export const PROCESS_GATEWAY = 'durable';

export interface HomeOptions {
  /** An empty directory to use (a small disk); otherwise a fresh one. */
  readonly directory?: string;
  /** Handles to enrol, with their declared interval in ward ms (null: episodic). */
  readonly devices: Readonly<Record<string, number | null>>;
  /** Stations to enrol: they may listen and ask. */
  readonly stations?: readonly string[];
  /** Lines of lamplight.toml after name and port. */
  readonly toml?: string;
}

/** A data directory with keys, credentials and configuration, ready for a gateway to start on. */
export interface GatewayHome extends AsyncDisposable {
  readonly paths: DataPaths;
  readonly secrets: ReadonlyMap<string, string>;
  /** Starts a gateway here and waits until it is ready. Rejects with EndedEarly. */
  start(options?: StartOptions): Promise<GatewayProcess>;
}

export interface StartOptions {
  /** "POINT" or "POINT:N": the gateway kills itself there. */
  readonly fault?: string;
  readonly synchronous?: 'OFF' | 'NORMAL';
  readonly clock?: WardClockOptions;
  /** A program and its arguments to run the gateway under. */
  readonly under?: readonly string[];
  /** Another front door than the sources': a bundle. */
  readonly frontDoor?: string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The gateway ended before it was ready. */
export class EndedEarly extends Error {
  readonly ending: Ending;

  constructor(ending: Ending, said: string) {
    super(`the gateway ended before it was ready (${ending.code ?? ending.signal}):\n${said}`);
    this.ending = ending;
  }
}

export interface GatewayProcess {
  readonly brokerPort: number;
  readonly pid: number;
  readonly exited: Promise<Ending>;
  isRunning(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code, 0 after a graceful stop. */
  stop(): Promise<number | null>;
  /** The last of what it wrote to stderr, at most STDERR_KEPT_CHARS. */
  stderr(): string;
}

const FRONT_DOOR = fileURLToPath(new URL('../../lamplight.ts', import.meta.url));
/** A busy machine takes half a minute. */
const READY_TIMEOUT_MS = 90_000;
const STDERR_KEPT_CHARS = 20_000;

export async function prepareHome(options: HomeOptions): Promise<GatewayHome> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'lamplight-durable-')));
  await using data = await openDataDirectory(directory);
  const { paths } = data;
  await createKeyStore(paths.gatewayKeys, 'gateway', { demo: true });
  await createKeyStore(paths.stationKeys, 'station', { demo: true });
  await writeFile(
    paths.config,
    `gateway = "${PROCESS_GATEWAY}"\nbroker = { port = 0 }\n${options.toml ?? 'journal = { reserveBytes = 1048576 }'}\n`,
  );
  const credentials = await openCredentials(paths.devices);
  const secrets = new Map<string, string>();
  for (const [handle, intervalMs] of Object.entries(options.devices)) {
    secrets.set(handle, (await credentials.addDevice({ handle, kind: 'senml', label: handle, intervalMs })) ?? '');
  }
  for (const station of options.stations ?? []) secrets.set(station, await credentials.addStation(station));
  const running = new Set<GatewayProcess>();
  return {
    paths,
    secrets,
    start: async (how = {}) => {
      const gateway = await startProcess(directory, how);
      running.add(gateway);
      return gateway;
    },
    [Symbol.asyncDispose]: async () => {
      for (const gateway of running) await gateway.kill();
      if (!options.directory) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startProcess(directory: string, options: StartOptions): Promise<GatewayProcess> {
  const { fault, synchronous, clock, under = [], frontDoor = FRONT_DOOR } = options;
  const gateway = [process.execPath, frontDoor, 'gateway', '--demo', '--data', directory];
  const ward = clock
    ? ['--rate', String(clock.rate), '--clock-origin', `${clock.originRealMs}:${clock.originWardMs}`]
    : [];
  const [program = '', ...args] = [...under, ...gateway, ...ward];
  const env = {
    ...process.env,
    LAMPLIGHT_DEBUG: '1',
    ...(fault !== undefined && { LAMPLIGHT_FAULT: fault }),
    ...(synchronous !== undefined && { LAMPLIGHT_SYNCHRONOUS: synchronous }),
  };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_CHARS);
  });
  const exited = once(child, 'exit').then(([code, signal]): Ending => ({ code, signal }));
  const brokerPort = await readyPort(child, exited, () => stderr);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    brokerPort,
    pid: child.pid!,
    exited,
    isRunning,
    kill: async () => {
      if (isRunning()) child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      if (isRunning()) child.kill('SIGTERM');
      return (await exited).code;
    },
    stderr: () => stderr,
  };
}

/** The port on its ready line; rejects with what it said when it ends before. */
async function readyPort(child: ChildProcess, exited: Promise<Ending>, said: () => string): Promise<number> {
  const ready = new Promise<number>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve((JSON.parse(line) as { brokerPort: number }).brokerPort);
    });
  });
  const ended = exited.then((ending) => {
    throw new EndedEarly(ending, said());
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`the gateway was not ready in time:\n${said()}`)), READY_TIMEOUT_MS).unref();
  });
  try {
    return await Promise.race([ready, ended, late]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    ended.catch(() => undefined);
  }
}
