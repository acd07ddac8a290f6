// SPDX-License-Identifier: Apache-2.0
/** What `start` says and does, with stand-ins for its processes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { dataPaths } from './data-directory.ts';
import { startCommand } from './start.ts';

/** Plays every verb: writes down how it was called and how it ended, and prints what the real one prints. */
const STAND_IN = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const [verb, ...args] = process.argv.slice(2);
const note = (text) => appendFileSync(process.env.STORY, text + '\\n');
note([verb, ...args].join(' '));
console.error('log of ' + verb);
appendFileSync(process.env.STORY + '.pids', verb + ' ' + process.pid + '\\n');
const isGone = (pid) => { try { return !process.kill(pid, 0); } catch { return true; } };
process.on('SIGTERM', () => {
  note(verb + ' stopped');
  if (verb !== 'dashboard' || !process.env.SIGNAL_ALL) process.exit(0);
  // As if the signal had gone to all: the others end first.
  const others = readFileSync(process.env.STORY + '.pids', 'utf8').matchAll(/^(?:gateway|simulate) (\\d+)$/gm);
  const pids = Array.from(others, ([, pid]) => Number(pid));
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  setInterval(() => pids.every(isGone) && process.exit(0), 10);
});
setInterval(() => {}, 1000);
if (verb === 'dashboard' && process.env.NO_STATION) process.exit(1);
const say = (message) => console.log(JSON.stringify(message));
say({ ready: true, brokerPort: 1883, url: 'http://127.0.0.1:8080/', claim: 'http://127.0.0.1:8080/claim#once' });
const died = process.env.STORY + '.died';
if (verb === 'gateway' && process.env.KILL && !existsSync(died)) { writeFileSync(died, ''); console.error('OH: no'); process.exit(1); }
if (verb === 'dashboard') say({ firstLiveMs: 7 });
`;

let folder: string;
let program: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  program = join(folder, 'stand-in.mjs');
  await writeFile(program, STAND_IN);
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs `start` until it has said `until`, then asks it to stop. */
async function run(argv: readonly string[], until: RegExp, env: Record<string, string> = {}) {
  const stop = new AbortController();
  let said = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      said += chunk;
      if (until.test(said)) stop.abort();
      done();
    },
  });
  const stdin = (async function* () {})();
  const story = join(folder, 'story');
  const io = { stdout, stderr: stdout, stdin, env: { STORY: story, ...env }, signal: stop.signal };
  const code = await startCommand(argv, io, program);
  return { code, said, story: (await readFile(story, 'utf8')).trim().split('\n') };
}

describe('start --demo', () => {
  it('starts the three processes on one clock, says where to go, and stops them in reverse', async () => {
    const data = join(folder, 'demo');
    const { code, said, story } = await run(['--demo', '--data', data, '--rate', '60', '--seed', '5'], /First live/);
    expect(code).toBe(0);
    const { broker } = (await loadConfig(dataPaths(data).config)).config;
    const station = /--port (\d+)/.exec(story[2]!)?.[1];
    const clock = /--clock-origin \d+ --rate 60/.exec(story[0]!)?.[0];
    expect(story).toEqual([
      `gateway --data ${data} ${clock} --demo --origin synthetic`,
      `simulate --credentials ${dataPaths(data).demoCredentials} --broker mqtt://127.0.0.1:${broker.port} --gateway demo ${clock} --seed 5`,
      `dashboard --data ${data} --host 127.0.0.1 --port ${station}`,
      'dashboard stopped',
      'simulate stopped',
      'gateway stopped',
    ]);
    for (const words of ['Open   http://127.0.0.1:8080/', 'claim#once', 'Never use them for patients', 'Stopped.']) {
      expect(said).toContain(words);
    }
    expect(said).toMatch(/First live value after \d+\.\d s/);
    expect(await readFile(join(data, 'lamplight.log'), 'utf8')).toContain('log of gateway');
  });

  it('has a recording played by a wearable of the demo, and says what it is', async () => {
    const data = join(folder, 'demo');
    const { story } = await run(['--demo', '--data', data, '--recording', 'DIR', '--record', 'R'], /First live/);
    const device = / --recording DIR --record R --device (\S+)$/.exec(story[1]!)?.[1];
    const { devices } = JSON.parse(await readFile(dataPaths(data).demoCredentials, 'utf8'));
    expect(devices).toContainEqual(expect.objectContaining({ handle: device, kind: 'senml' }));
    expect(story[0]).toMatch(/ --origin recorded, de-identified$/);
  });

  it('says when a process ended, with its last words, and starts it again', async () => {
    const { code, said, story } = await run(['--demo', '--data', join(folder, 'demo')], /again[\s\S]*gateway +ready/, {
      KILL: '1',
    });
    expect(code).toBe(0);
    expect(said).toContain('The gateway ended with code 1 and is started again.');
    expect(said).toContain('    OH: no');
    expect(story.filter((line) => line.startsWith('gateway --data'))).toHaveLength(2);
  });
});

describe('a signal that reaches every process', () => {
  it('stops them without a word about one that ended first, and starts none of them again', async () => {
    const { code, said, story } = await run(['--demo', '--data', join(folder, 'demo')], /First live/, {
      SIGNAL_ALL: '1',
    });
    expect(code).toBe(0);
    expect(said).not.toMatch(/ended|again/);
    expect(said).toContain('Stopped. Everything acknowledged is on disk.');
    expect(story.filter((line) => line.endsWith(' stopped')).toSorted()).toEqual([
      'dashboard stopped',
      'gateway stopped',
      'simulate stopped',
    ]);
    expect(story).toHaveLength(6);
  });
});

describe('start', () => {
  it('goes on recording without a station that does not come up, and tries it again', async () => {
    const passphrase = join(folder, 'passphrase');
    await writeFile(passphrase, 'a lamp in the window\n');
    const ended = 'The dashboard ended with code 1 and is started again.';
    const env = { LAMPLIGHT_PASSPHRASE_FILE: passphrase, NO_STATION: '1' };
    const { code, story } = await run(['--data', join(folder, 'ward')], new RegExp(`(${ended}[\\s\\S]*){3}`), env);
    expect(code).toBe(0);
    const verbs = story.map((line) => line.replace(/ --.*/, ''));
    expect(verbs.slice(0, 4)).toEqual(['gateway', 'dashboard', 'dashboard', 'dashboard']);
    expect(verbs.filter((verb) => verb.startsWith('gateway'))).toEqual(['gateway', 'gateway stopped']);
  });

  it('makes sealed key stores and no virtual patient', async () => {
    const passphrase = join(folder, 'passphrase');
    await writeFile(passphrase, 'a lamp in the window\n');
    const data = join(folder, 'ward');
    const { code, said, story } = await run(['--data', data], /First live/, { LAMPLIGHT_PASSPHRASE_FILE: passphrase });
    expect(code).toBe(0);
    expect(story.some((line) => line.startsWith('simulate'))).toBe(false);
    expect(story[0]).not.toContain('--demo');
    expect(said).not.toMatch(/demo/i);
    expect(JSON.parse(await readFile(dataPaths(data).gatewayKeys, 'utf8')).protection).toBe('passphrase');
  });
});
