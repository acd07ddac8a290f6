// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger head` and `lamplight ledger fsck`: words for a person, or with --json one object. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CliIo, ExitCode } from '../cli-io.ts';
import { bytesToHex } from '../codec/hex.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { LedgerError } from '../errors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { NodeFiles } from './files.ts';
import { HEAD_FILE, readFormat } from './format.ts';
import { fsck } from './fsck.ts';
import { formatVerifierKey } from './note.ts';

const DEFAULT_DATA = 'lamplight-data';
const LOG_FOLDER = 'log';

/** `[--data DIR] [--json]`: the newest signed tree, and the key that signed it. Throws LedgerError if there is none or it is damaged. */
export async function ledgerHead(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { files, json } = options(argv);
  const key = await readFormat(files, nodeCrypto.sha256);
  if (!key) throw new LedgerError('LOG_FORMAT', 'there is no log here');
  const bytes = await files.read(HEAD_FILE);
  if (!bytes) throw new LedgerError('LOG_RANGE', 'nothing is signed yet');
  const note = new TextDecoder().decode(bytes);
  const { origin, size, root: hash } = openCheckpoint(note, key, nodeCrypto);
  const [root, vkey] = [bytesToHex(hash), formatVerifierKey(key)];
  if (json) io.stdout.write(`${JSON.stringify({ origin, size, root, vkey, note })}\n`);
  else io.stdout.write(`log   ${origin}\nsize  ${size}\nroot  ${root}\nkey   ${vkey}\n`);
  return 0;
}

/**
 * `[--data DIR] [--key VKEY] [--json]`: checks every byte of the log against its head and names what is damaged, and where. Reads only;
 * no process may hold the log.
 */
export async function ledgerFsck(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { files, key, json } = options(argv);
  const report = await fsck(files, nodeCrypto, key);
  const clean = report.damage.length === 0;
  if (json) {
    io.stdout.write(`${JSON.stringify({ clean, ...report })}\n`);
    return clean ? 0 : 1;
  }
  for (const { kind, place } of report.damage) io.stdout.write(`DAMAGED ${kind}: ${place}\n`);
  const signed = report.head?.size ?? 0;
  if (clean)
    io.stdout.write(
      report.head
        ? `clean: ${signed} entries are signed, root ${report.head.root}\n`
        : 'clean: nothing is signed yet\n',
    );
  if (clean && report.sequenced > signed)
    io.stdout.write(`${report.sequenced - signed} more wait for the next checkpoint\n`);
  return clean ? 0 : 1;
}

function options(argv: readonly string[]): { files: NodeFiles; key: string | undefined; json: boolean } {
  const { values } = parseArgs({
    args: [...argv],
    options: { data: { type: 'string' }, key: { type: 'string' }, json: { type: 'boolean' } },
  });
  return {
    files: new NodeFiles(join(values.data ?? DEFAULT_DATA, LOG_FOLDER)),
    key: values.key,
    json: values.json ?? false,
  };
}
