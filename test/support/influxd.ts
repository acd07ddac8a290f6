// SPDX-License-Identifier: Apache-2.0
/** A real InfluxDB 1.x (Debian's influxd) on a free port with a directory of its own: it can be stopped, started and looked into. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePrivateFile } from '../../gateway/private-file.ts';
import { freePort } from './free-port.ts';
import { settled } from './settled.ts';

/** On the build machine a missing program fails the suite instead. */
export const INFLUXD_MISSING = process.env['CI'] !== 'true' && spawnSync('influxd', ['version']).error !== undefined;

export interface InfluxdOptions {
  /** Users must sign in: there is an administrator ADMIN. */
  readonly auth?: boolean;
  /** Largest body of a write. */
  readonly maxBodyBytes?: number;
  /** Creates the database, as `lamplight doctor --fix` would; true unless told otherwise. */
  readonly withDatabase?: boolean;
}

export interface Influxd extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Holds `data` and `wal`. */
  readonly directory: string;
  /** Lines of lamplight.toml that make a gateway store its series here. */
  readonly toml: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Runs InfluxQL as the administrator; the first series, its rows as arrays with the time in ns as text first. */
  query(statement: string): Promise<{ columns: string[]; values: unknown[][] }>;
  /** Writes line protocol as the administrator. Rejects when it is refused. */
  writeLines(lines: string): Promise<void>;
  /** Points of the gateway's measurement. */
  count(): Promise<number>;
  /** Waits until everything lies in compacted files. */
  flushed(): Promise<void>;
}

export const INFLUX_DATABASE = 'lamplight';
export const ADMIN = { name: 'root-of-influx', password: 'correct-horse-battery' };
const FLUSH_GIVE_UP_MS = 30_000;

export async function startInfluxd(options: InfluxdOptions = {}): Promise<Influxd> {
  const directory = await mkdtemp(join(tmpdir(), 'lamplight-influxd-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configPath = join(directory, 'influxdb.conf');
  const passwordFile = join(directory, 'password');
  await writePrivateFile(passwordFile, `${ADMIN.password}\n`);
  await writeFile(configPath, await configOf(directory, port, options));
  const headers: Record<string, string> = options.auth
    ? { Authorization: `Basic ${btoa(`${ADMIN.name}:${ADMIN.password}`)}` }
    : {};
  const ask = async (path: string, parameters: Record<string, string>, body?: string): Promise<string> => {
    const query = new URLSearchParams({ db: INFLUX_DATABASE, ...parameters });
    const answer = await fetch(`${url}/${path}?${query}`, { method: 'POST', headers, ...(body && { body }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`influxd: ${answer.status} ${text}`);
    return text;
  };
  const query = async (statement: string) => {
    // Nanoseconds are too long for a JSON number: they are made text first.
    const text = (await ask('query', { q: statement, epoch: 'ns' })).replaceAll(/\[(\d{15,})/g, '["$1"');
    const [result] = (JSON.parse(text) as { results: { error?: string; series?: Series[] }[] }).results;
    if (result?.error) throw new Error(`influxd: ${result.error}`);
    return result?.series?.[0] ?? { columns: [], values: [] };
  };

  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn('influxd', ['-config', configPath], { stdio: 'ignore' });
    await settled('influxd answers', () =>
      fetch(`${url}/ping`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGTERM');
    await exited;
  };

  await start();
  if (options.auth) await query(`CREATE USER "${ADMIN.name}" WITH PASSWORD '${ADMIN.password}' WITH ALL PRIVILEGES`);
  if (options.withDatabase !== false) await query(`CREATE DATABASE ${INFLUX_DATABASE}`);
  const signIn = options.auth ? `, username = "${ADMIN.name}", passwordFile = "${passwordFile}"` : '';
  return {
    port,
    url,
    directory,
    toml: tomlOf(url, signIn),
    stop,
    start,
    query,
    writeLines: async (lines) => void (await ask('write', { precision: 'ns' }, lines)),
    count: async () => Number((await query('SELECT count(header) FROM b')).values[0]?.[1] ?? 0),
    flushed: () => settled('influxd has written its files', () => isFlushed(directory), FLUSH_GIVE_UP_MS),
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Series {
  readonly columns: string[];
  readonly values: unknown[][];
}

/** Lines of lamplight.toml for a store behind `url`, which may be a proxy's. */
export function tomlOf(url: string, signIn = ''): string {
  return `journal = { reserveBytes = 1048576 }\nseries = { store = "influx", url = "${url}", database = "${INFLUX_DATABASE}"${signIn} }`;
}

/** Nothing left in a WAL segment (the newest may stand empty), and one compacted file or more. */
async function isFlushed(directory: string): Promise<boolean> {
  const files = async (kind: 'wal' | 'data', extension: string) =>
    (await readdir(join(directory, kind), { recursive: true }))
      .filter((name) => name.endsWith(extension))
      .map((name) => join(directory, kind, name));
  const left = await Promise.all((await files('wal', '.wal')).map(sizeOf));
  return left.every((size) => size === 0) && (await files('data', '.tsm')).length > 0;
}

/** In bytes; one that influxd removed meanwhile holds nothing. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function configOf(directory: string, port: number, { auth = false, maxBodyBytes }: InfluxdOptions) {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${await freePort()}"
[meta]
dir = "${directory}/meta"
[data]
dir = "${directory}/data"
wal-dir = "${directory}/wal"
query-log-enabled = false
cache-snapshot-write-cold-duration = "1s"
compact-full-write-cold-duration = "1s"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${port}"
log-enabled = false
auth-enabled = ${auth}
max-body-size = ${maxBodyBytes ?? 25_000_000}
[continuous_queries]
enabled = false
`;
}
