// SPDX-License-Identifier: Apache-2.0
/** `lamplight start` as a person runs it: every part real, from an empty folder to the address, and the two ways to stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDemo } from '../gateway/demo-ward.ts';
import { openRecord } from './support/record.ts';

const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));
const BEDS = 8;
let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamplight-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Runs `start` and gives back what it has said, and a promise that it has said `words`; it rejects when the process ends before. */
function start(argv: readonly string[]) {
  const passphrase = join(folder, 'passphrase');
  writeFileSync(passphrase, 'a lamp in the window\n');
  const env = { PATH: process.env['PATH'], LAMPLIGHT_PASSPHRASE_FILE: passphrase };
  const running = spawn(process.execPath, [FRONT_DOOR, 'start', ...argv], { cwd: folder, env, detached: true });
  child = running;
  let said = '';
  const ended = once(running, 'close').then(([code]) => code as number | null);
  for (const stream of [running.stdout, running.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      running.emit('said');
    });
  }
  const has = async (words: string | RegExp): Promise<void> => {
    while (said.search(words) < 0) {
      const event = await Promise.race([once(running, 'said'), ended.then(() => 'ended' as const)]);
      if (event === 'ended' && said.search(words) < 0) throw new Error(`ended without saying ${words}:\n${said}`);
    }
  };
  return { running, ended, has, said: () => said };
}

/** Listens where a demo would now: on the usual port, unless other demos and programs have that. No demo that chose it meanwhile finds it taken. */
async function takeUsualPort(server: Server): Promise<number> {
  await using demo = await prepareDemo(join(folder, 'other'));
  await once(server.listen(demo.broker, '127.0.0.1'), 'listening');
  return demo.broker;
}

describe('start', () => {
  it('opens a ward for a first administrator, and a Ctrl-C that arrives twice through npm stops it gracefully', async () => {
    const data = join(folder, 'ward');
    mkdirSync(data);
    writeFileSync(join(data, 'lamplight.toml'), '[broker]\nport = 0\n[station]\nport = 0\n');
    const { running, ended, has, said } = start(['--data', data]);
    await has(/Claim {2}http:\/\/127\.0\.0\.1:\d+\/claim#\S+/);
    running.kill('SIGINT');
    running.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(said()).toContain('Stopped. Everything acknowledged is on disk.');
  });

  it('shows the first live value of the demo beside a program on the usual port, and again after a restart', async () => {
    const deaf = createServer();
    const usualPort = await takeUsualPort(deaf);
    const data = join(folder, 'demo');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { running, ended, has, said } = start(['--demo', '--data', data]);
      await has(/First live value after [\d.]+ s/);
      expect(said()).toContain('Never use them for patients');
      const port = Number(/MQTT on 127\.0\.0\.1:(\d+)/.exec(said())?.[1]);
      expect([port > 0, port === usualPort]).toEqual([true, false]);
      // Every process gets it, as from a terminal or from systemd.
      process.kill(-running.pid!, signal);
      expect(await ended).toBe(0);
      expect(said()).not.toMatch(/ended with/);
    }
    deaf.close();
    await using record = await openRecord(data);
    // Nothing fell to a stay of nobody, and both runs stand in one record.
    expect(record.reader.stays()).toHaveLength(BEDS);
    expect(await record.checkChains()).toBeGreaterThanOrEqual(2);
  });
});
