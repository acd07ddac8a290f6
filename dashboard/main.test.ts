// SPDX-License-Identifier: Apache-2.0
/** The command: its refusals, what it prints, and that it ends when told to. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dashboardCommand } from './main.ts';

let folder: string;
const GOOD = { gateway: 'gw1', host: '127.0.0.1', port: 1, name: 'station', secret: 's'.repeat(32) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'main-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(argv: string[], signal = AbortSignal.abort()) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await dashboardCommand(['--data', folder, '--port', '0', ...argv], { stdout, stderr, env: {}, signal });
  return { code, stdout: await text(stdout.end()), stderr: await text(stderr.end()) };
}

function credential(content: unknown, mode = 0o600) {
  const path = join(folder, 'station.json');
  writeFileSync(path, JSON.stringify(content));
  chmodSync(path, mode);
}

it.each([
  [['--prot', '1'], 2, 'USAGE'],
  [['--port', 'x'], 2, 'USAGE'],
  [['--host', '0.0.0.0'], 2, 'HOST_NOT_LOOPBACK'],
  [[], 1, 'CREDENTIAL_MISSING'],
])('%j ends with %d, %s', async (argv, code, name) => {
  const ended = await run(argv);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr).toContain(`(${name})`);
});

it.each([
  ['readable by others', GOOD, 0o644, 'CREDENTIAL_READABLE'],
  ['of another form', { ...GOOD, port: '1' }, 0o600, 'CREDENTIAL_MALFORMED'],
])('a credential %s is refused', async (_name, content, mode, name) => {
  credential(content, mode);
  const { code, stderr } = await run([]);
  expect(code).toBe(1);
  expect(stderr).toContain(`(${name})`);
  expect(stderr).not.toContain(GOOD.secret);
});

it('prints its help', async () => expect(await run(['--help'])).toMatchObject({ code: 0, stderr: '' }));

it('says that the port is taken', async () => {
  credential(GOOD);
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address() as { port: number };
  const ended = await run(['--port', String(address.port)]);
  other.close();
  expect(ended.stderr).toContain('(PORT_TAKEN)');
});

it('listens before the gateway is there, prints address and a new claim at each start, and ends when told to', async () => {
  credential(GOOD);
  const [first, second] = [await run([]), await run([])];
  const [a, b] = [JSON.parse(first.stdout), JSON.parse(second.stdout)];
  expect(a).toMatchObject({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) });
  expect(a.claim).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/claim#[\w-]{43}$/);
  expect(a.claim.split('#')[1]).not.toBe(b.claim.split('#')[1]);
  expect([first.code, second.code]).toEqual([0, 0]);
});
