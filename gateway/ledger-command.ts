// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger head|fsck|witness|mirror|recover`: which of them, and who may touch the data directory meanwhile. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerFsck, ledgerHead, ledgerMirror, ledgerRecover, ledgerWitness } from '../ledger/index.ts';
import type { Command } from './command.ts';
import { holdLock } from './lock-database.ts';

const VERBS: Readonly<Record<string, Command>> = {
  head: ledgerHead,
  fsck: ledgerFsck,
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

/** The verb as the only one of its kind in its data directory, which is made if need be. Throws DATA_DIRECTORY_LOCKED. */
function alone(owner: string, defaultDirectory: string, verb: Command): Command {
  return async (argv, io) => {
    const at = argv.lastIndexOf('--data');
    const inline = argv.findLast((word) => word.startsWith('--data='))?.slice('--data='.length);
    const directory = inline ?? (at < 0 ? undefined : argv[at + 1]) ?? defaultDirectory;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    using _ = holdLock(join(directory, `${owner}.lock`));
    return await verb(argv, io);
  };
}
