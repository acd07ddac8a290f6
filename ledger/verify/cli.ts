// SPDX-License-Identifier: Apache-2.0
/** `lamplight verify FILE --key VKEY [--json]`: each step in words. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { CliIo, ExitCode } from '../cli-io.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { type VerifyResult, verifyProof } from './verify.ts';
import { readingInWords } from './words.ts';

export async function verifyCommand(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { key: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || values.key === undefined) {
    io.stderr.write('One proof file and the verifier key of the log are needed: verify FILE --key VKEY\n');
    return 2;
  }
  const result = verifyProof(await readFile(file, 'utf8'), values.key, nodeCrypto);
  io.stdout.write(values.json ? `${JSON.stringify(result)}\n` : inWords(result));
  return result.ok ? 0 : 1;
}

function inWords({ steps, reading, error }: VerifyResult): string {
  const lines = steps.map(({ ok, words }) => `${ok ? 'ok    ' : 'FAILED'}  ${words}`);
  if (reading) lines.push(`Verified: ${readingInWords(reading)}`);
  if (error) lines.push(`${error.code}: ${error.message}`, error.advice);
  return `${lines.join('\n')}\n`;
}
