// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger head|fsck`: which of the two. */
import { ledgerFsck, ledgerHead } from '../ledger/index.ts';
import type { Command } from './command.ts';

export const ledgerCommand: Command = async (argv, io) => {
  const [what, ...rest] = argv;
  if (what === 'head') return ledgerHead(rest, io);
  if (what === 'fsck') return ledgerFsck(rest, io);
  io.stderr.write('Say "ledger head" or "ledger fsck".\n');
  return 2;
};
