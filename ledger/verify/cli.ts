// SPDX-License-Identifier: Apache-2.0
/**
 * `lamplight verify FILE --key VKEY [--policy FILE] [--csv FILE] [--json]`: each step in words. The first line of the file says which proof
 * it is.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { CliIo, ExitCode } from '../cli-io.ts';
import { nodeCrypto } from '../crypto/node.ts';
import type { Policy } from '../witness/policy.ts';
import { readPolicy } from '../witness/policy-file.ts';
import { correctionInWords, type ShownCorrection } from './correction.ts';
import { EXPORT_FIRST_LINE } from './export-proof.ts';
import { type VerifyError, type VerifyStep, verifyProof } from './verify.ts';
import { verifyExport } from './verify-export.ts';
import { readingInWords } from './words.ts';

export async function verifyCommand(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      policy: { type: 'string' },
      csv: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || values.key === undefined) {
    io.stderr.write('One proof file and the verifier key of the log are needed: verify FILE --key VKEY\n');
    return 2;
  }
  const trust = { vkey: values.key, policy: await readPolicy(values.policy) };
  const outcome = (await isExportProof(file))
    ? await exportOutcome(file, values.csv ?? file.replace(/\.proof$/, ''), trust)
    : await readingOutcome(file, trust);
  io.stdout.write(values.json ? `${JSON.stringify(outcome.result)}\n` : inWords(outcome));
  return outcome.result.ok ? 0 : 1;
}

const UNCHANGED = 'The reading itself is in the record, unchanged; the correction is another entry.';

interface Outcome {
  readonly result: { readonly ok: boolean; readonly steps: readonly VerifyStep[]; readonly error?: VerifyError };
  /** What was verified, in words. */
  readonly verified: string;
}

/** Whom the auditor trusts: the log's key, and the witnesses if there is a policy. */
interface Trust {
  readonly vkey: string;
  readonly policy: Policy | undefined;
}

async function readingOutcome(file: string, { vkey, policy }: Trust): Promise<Outcome> {
  const result = verifyProof(await readFile(file, 'utf8'), vkey, nodeCrypto, policy);
  const { reading, corrected, takenBack = [] } = result;
  if (!reading) return { result, verified: '' };
  const said = corrected ? `${saidInWords([corrected])}\n${UNCHANGED}` : '';
  return { result, verified: readingInWords(reading) + saidInWords(takenBack) + said };
}

async function exportOutcome(file: string, csvFile: string, { vkey, policy }: Trust): Promise<Outcome> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(csvFile)) hash.update(chunk);
  const csv = createReadStream(csvFile);
  const proof = createReadStream(file);
  const result = await verifyExport({ proof, csv, csvSha256: hash.digest() }, vkey, nodeCrypto, policy);
  proof.destroy();
  csv.destroy();
  const said = saidInWords(result.corrections);
  return { result, verified: `${csvFile}, ${result.rows} readings of ${result.batches} batches${said}` };
}

/** A line for each. */
function saidInWords(corrections: readonly ShownCorrection[]): string {
  const word = ({ withdrawn }: ShownCorrection) => (withdrawn ? 'Taken back' : 'Corrected');
  return corrections.map((one) => `\n${word(one)}: ${correctionInWords(one)}`).join('');
}

async function isExportProof(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(EXPORT_FIRST_LINE.length));
  return buffer.toString('latin1', 0, bytesRead) === EXPORT_FIRST_LINE;
}

function inWords({ result: { ok, steps, error }, verified }: Outcome): string {
  const lines = steps.map((step) => `${step.ok ? 'ok    ' : 'FAILED'}  ${step.words}`);
  if (ok) lines.push(`Verified: ${verified}`);
  if (error) lines.push(`${error.code}: ${error.message}`, error.advice);
  return `${lines.join('\n')}\n`;
}
