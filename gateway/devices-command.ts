// SPDX-License-Identifier: Apache-2.0
/** `lamplight devices`: who may sign in. */
import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { type Credentials, openCredentials } from './intake/credentials.ts';

const OPTIONS = {
  data: { type: 'string' },
  json: { type: 'boolean' },
  kind: { type: 'string' },
  label: { type: 'string' },
  url: { type: 'string' },
  'interval-ms': { type: 'string' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export const devicesCommand: Command = async (argv, io) => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const [what, handle, ...rest] = positionals;
  const wantsHandle = what === 'add' || what === 'rotate' || what === 'remove';
  if ((what !== 'list' && !wantsHandle) || wantsHandle !== (handle !== undefined) || rest.length > 0) {
    io.stderr.write('Say "devices list", or "devices add|rotate|remove HANDLE".\n');
    return 2;
  }
  const credentials = await openCredentials(dataPaths(values.data ?? 'lamplight-data').devices);
  const say = (text: string) => io.stdout.write(`${text}\n`);
  if (handle === undefined) {
    say(values.json ? JSON.stringify(credentials.devices()) : listing(credentials));
  } else if (what === 'add') {
    const secret = await add(credentials, handle, values);
    say(secret === undefined ? `${handle} is enrolled; it does not sign in.` : shownOnce(handle, secret));
  } else if (what === 'rotate') {
    say(shownOnce(handle, await credentials.rotate(handle)));
  } else {
    await credentials.remove(handle);
    say(`${handle} is removed.`);
  }
  if (handle !== undefined) io.stderr.write('A running gateway takes this over within two seconds.\n');
  return 0;
};

function add(credentials: Credentials, handle: string, values: Values): Promise<string | undefined> {
  const { kind = 'senml', label = '', url, 'interval-ms': interval } = values;
  const intervalMs = interval === undefined ? null : Number(interval);
  return credentials.addDevice({ handle, kind, label, intervalMs, ...(url === undefined ? {} : { url }) });
}

function listing(credentials: Credentials): string {
  const devices = credentials.devices();
  if (devices.length === 0) return 'No devices yet. "lamplight devices add HANDLE" enrols one.';
  return devices
    .map(({ handle, kind, intervalMs, url, label }) =>
      [handle.padEnd(16), kind.padEnd(10), intervalMs === null ? 'episodic' : `${intervalMs} ms`, url, label]
        .filter(Boolean)
        .join('  '),
    )
    .join('\n');
}

function shownOnce(handle: string, secret: string): string {
  return `user name and client id  ${handle}\nsecret                   ${secret}\nIt is shown this once and kept nowhere.`;
}
