// SPDX-License-Identifier: Apache-2.0
/** `lamplight verifier --out FILE`: the verifier as one HTML file for an auditor, and the fingerprint to compare it by. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { CliIo, ExitCode } from '../cli-io.ts';
import { verifierPage } from './page-file.ts';

/** Throws VERIFIER_NOT_BUILT. */
export async function verifierCommand(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { values } = parseArgs({ args: [...argv], options: { out: { type: 'string' } } });
  if (values.out === undefined) {
    io.stderr.write('A file to write is needed: verifier --out FILE\n');
    return 2;
  }
  const page = await verifierPage();
  await writeFile(values.out, page);
  io.stdout.write(`${values.out}\nSHA-256 ${createHash('sha256').update(page).digest('hex')}\n`);
  return 0;
}
