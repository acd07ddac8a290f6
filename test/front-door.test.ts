// SPDX-License-Identifier: Apache-2.0
/** The front door as a process: help, wrong use, errors in words, exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { VERBS } from '../lamplight.ts';
import { prepareHome } from './support/gateway-process.ts';

const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lamplight-'));
afterAll(() => rmSync(folder, { recursive: true }));

function lamplight(argv: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [FRONT_DOOR, ...argv], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('lamplight', () => {
  it('names every verb in its help', () => {
    const { status, stdout, stderr } = lamplight(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const verb of VERBS) expect(stdout).toContain(`  ${verb.name} `);
    expect(lamplight([])).toMatchObject({ status: 2, stdout: '' });
  });

  it.each(VERBS.map((verb) => verb.name))('has a module behind %s, and helps with it', async (name) => {
    const verb = VERBS.find((candidate) => candidate.name === name)!;
    expect(await verb.load()).toBeTypeOf('function');
    expect(lamplight([name, '--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(verb.usage),
      stderr: '',
    });
  });

  it('goes on when who read its log has gone: a ward must not end with its terminal', async () => {
    await using home = await prepareHome({ devices: {} });
    const gateway = await home.start({ under: ['bash', '-c', 'exec "$@" 2> >(exec true)', '--'] });
    for (let tries = 0; tries < 3; tries++) {
      const stranger = connect({ port: gateway.brokerPort, host: '127.0.0.1' });
      stranger.on('error', () => undefined);
      // No MQTT at all: each is a line in the log.
      stranger.end('GET / HTTP/1.1\r\n\r\n');
      await new Promise((resolve) => stranger.once('close', resolve));
    }
    expect(gateway.isRunning()).toBe(true);
    expect(await gateway.stop()).toBe(0);
  });

  it('suggests what was meant', () => {
    expect(lamplight(['verfy'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Did you mean "verify"?'),
    });
    expect(lamplight(['ledger', 'nonsense']).status).toBe(2);
    expect(lamplight(['start', '--dmeo'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--dmeo') });
  });

  it('says a refusal with its code and advice, and shows the stack only on request', () => {
    writeFileSync(join(folder, 'thesis.txt'), 'mine');
    const refused = lamplight(['start', '--demo', '--data', folder]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^DATA_DIRECTORY_FOREIGN: .*\nName an empty or new directory with --data\.\n$/);
    expect(lamplight(['start', '--demo', '--data', folder], { LAMPLIGHT_DEBUG: '1' }).stderr).toContain('    at ');
  });

  it('makes no keys without a passphrase', () => {
    const refused = lamplight(['start', '--data', join(folder, 'ward')]);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('KEY_STORE_NO_PASSPHRASE: ') });
  });
});
