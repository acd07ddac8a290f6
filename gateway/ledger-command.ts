// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger head|fsck`: the log of a data directory, in words or as JSON. */
import { parseArgs } from 'node:util';
import { ledgerFsck, ledgerHead } from '../ledger/index.ts';
import type { Command } from './command.ts';
import { dataPaths } from './data-directory.ts';

const OPTIONS = { data: { type: 'string' }, key: { type: 'string' }, json: { type: 'boolean' } } as const;

/** `fsck` takes the log's verifier key with --key; without it the key in the log itself is used, which an attacker could have replaced. */
export const ledgerCommand: Command = async (argv, io) => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const directory = dataPaths(values.data ?? 'lamplight-data').log;
  const out = (line: string) => io.stdout.write(`${line}\n`);
  const form = { json: values.json ?? false };
  const [what, ...rest] = positionals;
  if (what === 'head' && rest.length === 0) return ledgerHead(directory, out, form);
  if (what === 'fsck' && rest.length === 0) return ledgerFsck(directory, values.key, out, form);
  io.stderr.write('Say "ledger head" or "ledger fsck".\n');
  return 2;
};
