// SPDX-License-Identifier: Apache-2.0
/** A verb of the command line in this process: its exit code, and all that it said, without the last line end. */
import { Writable } from 'node:stream';
import type { Command } from '../../gateway/command.ts';

export async function runCommand(
  command: Command,
  ...argv: readonly string[]
): Promise<{ code: number; said: string }> {
  let said = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      said += String(chunk);
      done();
    },
  });
  const stdin = (async function* () {})();
  const io = { stdout: out, stderr: out, stdin, env: {}, signal: new AbortController().signal };
  return { code: await command(argv, io), said: said.trim() };
}
