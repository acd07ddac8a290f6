// SPDX-License-Identifier: Apache-2.0
/** A mirror of a gateway's published log over HTTP, and a damaged log healed from it, with the commands as a person types them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../gateway/log.ts';
import { createMetrics } from '../gateway/metrics.ts';
import { type OperationsServer, startOperationsServer } from '../gateway/operations/server.ts';
import { formatVerifierKey, type Log, openLog } from '../ledger/index.ts';
import { makeWitnessSigner } from '../ledger/witness/testing/keys.ts';

const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));
const { privateKey: key } = generateKeyPairSync('ed25519');

let folder: string;
let log: Log;
let vkey: string;
let server: OperationsServer;
let outbox = 0;
const running = new Set<ChildProcess>();
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-mirror-'));
  log = await open();
  vkey = log.vkey;
  server = await startOperationsServer({
    host: '127.0.0.1',
    port: 0,
    logDirectory: at('gateway', 'log'),
    metrics: createMetrics({ process: false }),
    log: silentLog(),
    health: () => {
      throw new Error('nobody asks');
    },
  });
});
afterEach(async () => {
  for (const child of running) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function open(): Promise<Log> {
  return openLog({ directory: at('gateway', 'log'), name: 'gateway.example/log', key, onFatal: () => undefined });
}

async function grow(entries: number): Promise<void> {
  await log.append(
    Array.from({ length: entries }, () => ({ outbox: ++outbox, entry: Buffer.from(`entry ${outbox}`) })),
  );
  await log.publish();
}

/** Runs `lamplight ledger ...` to its end. */
function ledger(...args: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [FRONT_DOOR, 'ledger', ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr });
    });
  });
}

const url = () => `http://127.0.0.1:${server.port}/log/`;
const mirror = (...more: string[]) => ledger('mirror', url(), '--key', vkey, '--data', at('mirror'), ...more);

describe('ledger mirror', () => {
  it('copies a log over HTTP, step by step, and says how far', async () => {
    await grow(700);
    expect(await mirror('--once')).toEqual({ code: 0, said: 'copied: 700 entries\n' });
    await cp(at('gateway', 'log'), at('older'), { recursive: true });
    await grow(3);
    expect(await mirror('--once')).toEqual({ code: 0, said: 'copied: 703 entries\n' });
    expect(await mirror('--once')).toEqual({ code: 0, said: 'nothing new: 703 entries\n' });
    const head = await ledger('head', '--data', at('mirror'), '--json');
    expect(JSON.parse(head.said)).toMatchObject({ size: 703, vkey, note: log.checkpoint() });
  });

  it('follows until it is told to stop, alone in its directory', async () => {
    const child = spawn(process.execPath, [
      FRONT_DOOR,
      'ledger',
      'mirror',
      url(),
      '--key',
      vkey,
      '--data',
      at('second'),
    ]);
    running.add(child);
    const [first] = await once(child.stdout.setEncoding('utf8'), 'data');
    expect(first).toBe('copied: 703 entries\n');
    const other = await ledger('mirror', url(), '--key', vkey, '--data', at('second'), '--once');
    expect(other).toMatchObject({ code: 1, said: expect.stringContaining('DATA_DIRECTORY_LOCKED') });
    running.delete(child);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says that the log shows less than the copy holds, at once and with --once', async () => {
    const said = 'the log shows an older checkpoint than the copy holds: 703 entries\n';
    const fromOlder = [at('older'), '--key', vkey, '--data', at('mirror')];
    expect(await ledger('mirror', ...fromOlder, '--once')).toEqual({ code: 1, said });
    const child = spawn(process.execPath, [FRONT_DOOR, 'ledger', 'mirror', ...fromOlder]);
    running.add(child);
    expect(await once(child.stdout.setEncoding('utf8'), 'data')).toEqual([said]);
    running.delete(child);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('refuses in words what it cannot prove or reach', async () => {
    const stranger = vkey.replace('gateway.example', 'other.example');
    const unread = await mirror('--once', '--policy', at('no-policy'));
    expect(unread).toMatchObject({ code: 1, said: expect.stringContaining('POLICY_MALFORMED') });
    expect(await ledger('mirror', url(), '--key', stranger, '--data', at('stranger'))).toMatchObject({
      code: 1,
      said: expect.stringContaining('NOTE_MALFORMED'),
    });
    expect(await ledger('mirror', url(), '--data', at('stranger'))).toMatchObject({ code: 2 });
    const gone = await ledger('mirror', 'http://127.0.0.1:1/', '--key', vkey, '--data', at('third'), '--once');
    expect(gone).toMatchObject({ code: 1, said: expect.stringContaining('MIRROR_UNREACHABLE') });
  });
});

describe('ledger recover', () => {
  const recover = (...more: string[]) => ledger('recover', '--data', at('gateway'), '--from', at('mirror'), ...more);

  it('says that a whole log is whole', async () => {
    await log[Symbol.asyncDispose]();
    expect(await recover('--json')).toMatchObject({ code: 0, said: expect.stringContaining('"outcome":"clean"') });
  });

  it('heals a truncated log from the mirror, says what it did, and the gateway goes on with it', async () => {
    const segment = at('gateway', 'log', 'segment', '0000000000000000');
    const before = await readFile(segment);
    await truncate(segment, 5_000);
    const { code, said } = await recover();
    expect(code, said).toBe(0);
    expect(said).toMatch(
      /^DAMAGED segment: .*\nthe first bad entry was \d+\nhealed: 703 entries are signed, root [0-9a-f]{64}\n/,
    );
    expect(said).toContain('the log as it was lies in the folder log.damaged-1');
    expect(await readFile(segment)).toEqual(before);
    log = await open();
    await grow(1);
    expect(log.size).toBe(704);
    await log[Symbol.asyncDispose]();
    expect(await mirror('--once')).toEqual({ code: 0, said: 'copied: 704 entries\n' });
  });

  it('refuses with a code where the policy wants cosignatures that nobody has', async () => {
    await truncate(at('gateway', 'log', 'segment', '0000000000000000'), 5_000);
    const witness = formatVerifierKey(makeWitnessSigner('w.example').key);
    await writeFile(at('policy'), `witness w ${witness}\nquorum w\n`);
    const refused = await recover('--policy', at('policy'));
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('RECOVER_NOT_WITNESSED') });
    expect(await ledger('recover', '--data', at('gateway'))).toMatchObject({ code: 2 });
  });
});
