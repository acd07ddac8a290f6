// SPDX-License-Identifier: Apache-2.0
/** How the chaincode server ends when it cannot serve: whoever started it looks at the exit code. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('server.ts', import.meta.url));
const end = (...args: string[]) => spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });

it.each([
  ['a file that it needs is not there', ['--folder', 'not-there'], 'ENOENT'],
  // No machine has this address.
  ['it cannot listen', ['--address', '192.0.2.1:9', '--id', 'lamplight:0'], '192.0.2.1'],
])('ends with 1 when %s', (_, args, said) => {
  expect(end(...args)).toMatchObject({ status: 1, stdout: expect.stringContaining(said) });
});
