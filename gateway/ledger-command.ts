// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger head|fsck|identity|witness|mirror|recover`: which of them, and who may touch the data directory meanwhile. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ledgerFsck, ledgerHead, ledgerMirror, ledgerRecover, ledgerWitness } from '../ledger/index.ts';
import type { Command, Io } from './command.ts';
import { loadConfig, organisationOf } from './config.ts';
import { dataPaths } from './data-directory.ts';
import { readIdentity } from './identity.ts';
import { deviceId } from './ledger/founding.ts';
import { holdLock } from './lock-database.ts';

const VERBS: Readonly<Record<string, Command>> = {
  head: ledgerHead,
  fsck: ledgerFsck,
  identity: ledgerIdentity,
  // Two witnesses on one memory could cosign two histories.
  witness: alone('witness', 'lamplight-witness', ledgerWitness),
  mirror: alone('mirror', 'lamplight-mirror', ledgerMirror),
  recover: alone('gateway', 'lamplight-data', ledgerRecover),
};

export const ledgerCommand: Command = async (argv, io) => {
  const [what = '', ...rest] = argv;
  const verb = Object.hasOwn(VERBS, what) ? VERBS[what] : undefined;
  if (verb) return verb(rest, io);
  io.stderr.write(`Say "ledger" and one of: ${Object.keys(VERBS).join(', ')}.\n`);
  return 2;
};

/** `[--data DIR] [--json]`: what others need to know of this gateway: who it is in the ledger, and the key of its log. No secrets. */
async function ledgerIdentity(argv: readonly string[], io: Io): Promise<number> {
  const options = { data: { type: 'string', default: 'lamplight-data' }, json: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const paths = dataPaths(values.data);
  const { gateway, gatewayKey, vkey } = await readIdentity(paths.identity);
  const { config } = await loadConfig(paths.config);
  const device = Buffer.from(deviceId(gatewayKey)).toString('hex');
  const known = { gateway, organisation: organisationOf(config), device, vkey };
  if (values.json) io.stdout.write(`${JSON.stringify(known)}\n`);
  else for (const [name, value] of Object.entries(known)) io.stdout.write(`${name.padEnd(13)} ${value}\n`);
  return 0;
}

/** The verb as the only one of its kind in its data directory, which is made if need be. Throws DATA_DIRECTORY_LOCKED. */
function alone(owner: string, defaultDirectory: string, verb: Command): Command {
  return async (argv, io) => {
    // It will say what it needs; nothing is to be made for that.
    if (argv.length === 0) return verb(argv, io);
    const at = argv.lastIndexOf('--data');
    const inline = argv.findLast((word) => word.startsWith('--data='))?.slice('--data='.length);
    const directory = inline ?? (at < 0 ? undefined : argv[at + 1]) ?? defaultDirectory;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    using _ = holdLock(join(directory, `${owner}.lock`));
    return await verb(argv, io);
  };
}
