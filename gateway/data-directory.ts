// SPDX-License-Identifier: Apache-2.0
/** The data directory: where everything lies, which format it has, and that only one process writes it. */
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { GatewayError } from './errors.ts';
import { holdLock } from './lock-database.ts';
import { writePrivateFile } from './private-file.ts';

/** The format this version writes. A higher one on disk is refused; a lower one is converted here once there is one. */
const DATA_FORMAT_VERSION = 1;
const formatSchema = z.object({ format: z.literal('lamplight-data'), version: z.number().int().positive() });

/** Where the parts keep what they keep. `log` and `fabric` are folders, the others are files. */
export function dataPaths(directory: string) {
  const at = (name: string) => join(directory, name);
  return {
    directory,
    journal: at('journal.db'),
    series: at('series.db'),
    log: at('log'),
    fabric: at('fabric'),
    gatewayKeys: at('gateway.keys'),
    stationKeys: at('station.keys'),
    /** The administrator's key: needed to found the organisation in the ledger, then better kept elsewhere. */
    organisationKeys: at('organisation.keys'),
    /** Devices and stations that may sign in. */
    devices: at('devices.json'),
    /** How the nurse station and the command line sign in to the gateway of this machine. */
    station: at('station.json'),
    /** The public keys of this gateway; no secrets. */
    identity: at('identity.json'),
    commandLine: at('command-line.json'),
    accounts: at('accounts.db'),
    config: at('lamplight.toml'),
    demoCredentials: at('demo-credentials.json'),
    format: at('format.json'),
  };
}
export type DataPaths = ReturnType<typeof dataPaths>;

/**
 * Opens (or creates, 0700) the data directory and holds it for `owner` until disposed or until the process ends, however it ends.
 * The gateway and the dashboard hold a lock each, since they write different files of it.
 * Throws GatewayError DATA_DIRECTORY_LOCKED, DATA_DIRECTORY_NEWER, DATA_DIRECTORY_FOREIGN.
 */
export async function openDataDirectory(
  directory: string,
  owner: 'gateway' | 'dashboard' = 'gateway',
): Promise<{ readonly paths: DataPaths } & AsyncDisposable> {
  const paths = dataPaths(directory);
  const created = (await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined;
  if (created) await chmod(directory, 0o700);
  const lock = holdLock(join(directory, `${owner}.lock`));
  try {
    await checkFormat(paths);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
  return { paths, [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() };
}

async function checkFormat(paths: DataPaths): Promise<void> {
  const present = await readdir(paths.directory);
  // A configuration may be there before the first start.
  const ours = (name: string) => name === basename(paths.config) || name.includes('.lock');
  const known = present.includes(basename(paths.format));
  if (!known && !present.every(ours)) throw new GatewayError('DATA_DIRECTORY_FOREIGN');
  const own = `${JSON.stringify({ format: 'lamplight-data', version: DATA_FORMAT_VERSION })}\n`;
  // What is there is only read: the disk may be full.
  if (!known && (await writePrivateFile(paths.format, own, true))) return;
  await formatOf(paths);
}

/** The format version of a data directory. Throws GatewayError DATA_DIRECTORY_FOREIGN or DATA_DIRECTORY_NEWER. */
export async function formatOf(paths: DataPaths): Promise<number> {
  const text = await readFile(paths.format, 'utf8').catch((cause) => {
    throw new GatewayError('DATA_DIRECTORY_FOREIGN', undefined, { cause });
  });
  const found = formatSchema.safeParse(parseJson(text));
  if (!found.success) throw new GatewayError('DATA_DIRECTORY_FOREIGN');
  if (found.data.version > DATA_FORMAT_VERSION) throw new GatewayError('DATA_DIRECTORY_NEWER');
  return found.data.version;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
