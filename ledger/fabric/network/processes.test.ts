// SPDX-License-Identifier: Apache-2.0
/** Programs that outlive who started them: found again, ended, and never mistaken for another. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Processes } from './processes.ts';

const dir = mkdtempSync(join(tmpdir(), 'lamplight-processes-'));
const node = (program: string) => ({ command: process.execPath, args: ['-e', program] });
const WAITS = 'process.stdout.write("here\\n"); setInterval(() => {}, 1000)';
/** Says so only once it ignores the polite signal. */
const DEAF = 'process.on("SIGTERM", () => {}); process.stdout.write("deaf\\n"); setInterval(() => {}, 1000)';

afterAll(async () => {
  await new Processes(dir).stopAll();
  rmSync(dir, { recursive: true });
});

it('starts a program once, finds it from elsewhere, and ends it', async () => {
  const processes = new Processes(dir);
  expect(processes.isAlive('one')).toBe(false);
  processes.start('one', node(WAITS));
  const named = readFileSync(join(dir, 'run', 'one'), 'utf8');
  processes.start('one', node(WAITS));
  expect(readFileSync(join(dir, 'run', 'one'), 'utf8')).toBe(named);
  expect(new Processes(dir).isAlive('one')).toBe(true);
  await new Processes(dir).stopAll();
  expect(processes.isAlive('one')).toBe(false);
  await processes.stopAll();
});

it('ends one that is frozen, and keeps what it said', async () => {
  const processes = new Processes(dir);
  processes.start('frozen', node(DEAF));
  await expect.poll(() => readFileSync(join(dir, 'log', 'frozen.log'), 'utf8')).toBe('deaf\n');
  processes.signal('frozen', 'SIGSTOP');
  await processes.kill('frozen');
  expect(processes.isAlive('frozen')).toBe(false);
});

it('lets alone a process that has the number of one of ours', async () => {
  const processes = new Processes(dir);
  writeFileSync(join(dir, 'run', 'old'), `${process.pid} 1`);
  expect(processes.isAlive('old')).toBe(false);
  // Would end this very process.
  await processes.stopAll();
});

it('says of a program that is not there that it does not run', () => {
  const processes = new Processes(dir);
  processes.start('absent', { command: join(dir, 'no-such-program'), args: [] });
  expect(processes.isAlive('absent')).toBe(false);
});
