// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger head` and `lamplight ledger fsck`: words for a person, or one JSON object. Exit codes 0 done, 1 refused. */
import { nodeCrypto } from '../crypto/node.ts';
import { LedgerError } from '../errors.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { NodeFiles } from './files.ts';
import { HEAD_FILE, readFormat } from './format.ts';
import { fsck } from './fsck.ts';
import { formatVerifierKey, openNote } from './note.ts';

export type Out = (line: string) => void;

export interface OutputForm {
  readonly json?: boolean;
}

/** Prints the newest signed tree of the log in `directory`, and the key that signed it. */
export async function ledgerHead(directory: string, out: Out, form: OutputForm = {}): Promise<0 | 1> {
  const files = new NodeFiles(directory);
  try {
    const key = await readFormat(files, nodeCrypto.sha256);
    if (!key) throw new LedgerError('LOG_FORMAT', 'there is no log here');
    const bytes = await files.read(HEAD_FILE);
    if (!bytes) throw new LedgerError('LOG_RANGE', 'nothing is signed yet');
    const note = new TextDecoder().decode(bytes);
    const head = parseCheckpoint(openNote(note, [key], nodeCrypto).text);
    const root = Buffer.from(head.root).toString('hex');
    const vkey = formatVerifierKey(key);
    if (form.json) out(JSON.stringify({ origin: head.origin, size: head.size, root, vkey, note }));
    else out(`log   ${head.origin}\nsize  ${head.size}\nroot  ${root}\nkey   ${vkey}`);
    return 0;
  } catch (error) {
    return refused(error, out, form);
  }
}

/** Checks every byte of the log in `directory` against its head and prints what is damaged. No process may hold the log. */
export async function ledgerFsck(
  directory: string,
  vkey: string | undefined,
  out: Out,
  form: OutputForm = {},
): Promise<0 | 1> {
  const report = await fsck(new NodeFiles(directory), nodeCrypto, vkey);
  const clean = report.damage.length === 0;
  if (form.json) {
    out(JSON.stringify({ clean, ...report }));
    return clean ? 0 : 1;
  }
  for (const { kind, place } of report.damage) out(`DAMAGED ${kind}: ${place}`);
  const head = report.head;
  if (clean && head) out(`clean: ${head.size} entries are signed, root ${head.root}`);
  if (clean && !head) out('clean: nothing is signed yet');
  if (clean && report.sequenced > (head?.size ?? 0))
    out(`${report.sequenced - (head?.size ?? 0)} more wait for the next checkpoint`);
  return clean ? 0 : 1;
}

function refused(error: unknown, out: Out, form: OutputForm): 1 {
  if (!(error instanceof LedgerError)) throw error;
  out(
    form.json
      ? JSON.stringify({ error: error.code, message: error.message })
      : `${error.code}: ${error.message}\n${error.advice}`,
  );
  return 1;
}
