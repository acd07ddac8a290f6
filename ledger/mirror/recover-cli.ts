// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger recover`: heals the log from mirrors, in words for a person, or with --json one object. */
import { parseArgs } from 'node:util';
import type { ExitCode, RunningIo } from '../cli-io.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { parseVerifierKey } from '../log/note.ts';
import { readPolicy } from '../witness/policy-file.ts';
import { HTTP, sourceAt } from './cli.ts';
import { type RecoverReport, recoverFromMirrors } from './recovery.ts';

const DEFAULT_DATA = 'lamplight-data';

/**
 * `--from URL|DIR... [--data DIR] [--policy FILE] [--key VKEY] [--json]`. No other process may have the data directory. Throws MirrorError
 * where nothing was changed, WitnessError for a bad policy, LedgerError.
 */
export async function ledgerRecover(argv: readonly string[], io: RunningIo): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      from: { type: 'string', multiple: true },
      data: { type: 'string', default: DEFAULT_DATA },
      policy: { type: 'string' },
      key: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (!values.from) {
    io.stderr.write('At least one mirror or backup of the log is needed: ledger recover --from URL|DIR\n');
    return 2;
  }
  const report = await recoverFromMirrors({
    directory: values.data,
    key: values.key === undefined ? undefined : parseVerifierKey(values.key, nodeCrypto.sha256),
    policy: await readPolicy(values.policy),
    mirrors: values.from.map((where) => sourceAt(where, io.signal)),
    http: HTTP,
    crypto: nodeCrypto,
  });
  io.stdout.write(values.json ? `${JSON.stringify(report)}\n` : inWords(report));
  return 0;
}

function inWords(report: RecoverReport): string {
  const { outcome, damage, firstBadEntry, size, root, acceptedSize, taken, unproved, silent, evidence } = report;
  const lines = [
    ...damage.map(({ kind, place }) => `DAMAGED ${kind}: ${place}`),
    ...(firstBadEntry === undefined ? [] : [`the first bad entry was ${firstBadEntry}`]),
    `${outcome}: ${size} entries are signed, root ${root}`,
    `checked against the checkpoint of ${acceptedSize} entries`,
    ...Object.entries(taken).map(([name, count]) => `${count} entries are from ${name}`),
    ...unproved.map((one) => `NOT PROVED, kept as evidence: ${one}`),
    ...silent.map((name) => `no answer from ${name}`),
    ...(evidence === undefined ? [] : [`the log as it was lies in the folder ${evidence}`]),
  ];
  return `${lines.join('\n')}\n`;
}
