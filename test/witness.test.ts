// SPDX-License-Identifier: Apache-2.0
/** Two witnesses as a person runs them, a real log and a policy: cosigned end to end, kill -9 between requests, and what HTTP sees. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemTimers } from '../gateway/timers.ts';
import { type Log, nodeCrypto, openLog, openWitnessSet, parseVerifierKey } from '../ledger/index.ts';
import { COSIGNATURE, openNote } from '../ledger/log/note.ts';
import { encodeAddCheckpoint, MAX_REQUEST_BYTES } from '../ledger/witness/request.ts';
import { freePort } from './support/free-port.ts';
import { settled } from './support/settled.ts';

const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));

interface WitnessProcess {
  readonly child: ChildProcess;
  readonly vkey: string;
  readonly url: string;
  readonly port: number;
}

let folder: string;
let log: Log;
let outbox = 0;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-witness-'));
  const { privateKey: key } = generateKeyPairSync('ed25519');
  const onFatal = (error: Error) => {
    throw error;
  };
  log = await openLog({ directory: join(folder, 'log'), name: 'gateway.example/log', key, onFatal });
});
afterEach(async () => {
  for (const child of running) await kill(child);
});
afterAll(async () => {
  await log[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Starts `lamplight ledger witness`; resolves when it says where it listens, or rejects with what it said instead. */
async function startWitness(name: string, at?: number, logs = [log.vkey]): Promise<WitnessProcess> {
  const port = at ?? (await freePort());
  const options = ['--data', join(folder, name), '--listen', `127.0.0.1:${port}`, '--name', name];
  const child = spawn(
    process.execPath,
    [FRONT_DOOR, 'ledger', 'witness', ...options, ...logs.flatMap((l) => ['--log', l])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.add(child);
  let said = '';
  const told = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/^http:.*\n/m.test(said)) resolve();
      });
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${said}`)));
  });
  await told;
  const [, vkey = '', url = ''] = /^witness (\S+)\n(http:\/\/127\.0\.0\.1:\d+\/)\n$/.exec(said) ?? [];
  return { child, vkey, url, port };
}

async function kill(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function grow(entries: number): Promise<{ size: number; note: string }> {
  await log.append(
    Array.from({ length: entries }, () => ({ outbox: ++outbox, entry: Buffer.from(`entry ${outbox}`) })),
  );
  const note = await log.publish();
  return { size: log.size, note };
}

function witnessSet(witnesses: readonly WitnessProcess[], k: number) {
  const lines = witnesses.map(({ vkey, url }, i) => `witness w${i + 1} ${vkey} ${url}`);
  const policyText = `log ${log.vkey}\n${lines.join('\n')}\ngroup g ${k} ${witnesses.map((_, i) => `w${i + 1}`).join(' ')}\nquorum g\n`;
  return openWitnessSet({ policyText, vkey: log.vkey, source: log, fetch, timers: systemTimers() });
}

/** As the gateway does it: a witness that is late on a busy machine is asked again. */
async function anchored(set: ReturnType<typeof witnessSet>, head: { size: number; note: string }) {
  for (let tries = 1; ; tries++) {
    try {
      return await set.anchor(head);
    } catch (error) {
      if (tries >= 10 || (error as { code?: string }).code !== 'ANCHOR_UNREACHABLE') throw error;
    }
  }
}

function cosigners(note: string, witnesses: readonly WitnessProcess[]): number {
  const keys = witnesses.map(({ vkey }) => parseVerifierKey(vkey, nodeCrypto.sha256, COSIGNATURE));
  return openNote(note, [parseVerifierKey(log.vkey, nodeCrypto.sha256), ...keys], nodeCrypto).signedBy.size - 1;
}

describe('two witnesses', () => {
  it('cosign a growing log, also after kill -9 between requests: same key, nothing forgotten', async () => {
    const witnesses = [await startWitness('w1'), await startWitness('w2')];
    await using set = witnessSet(witnesses, 2);
    const first = await anchored(set, await grow(3));
    expect(cosigners(first.note, witnesses)).toBe(2);
    for (const entries of [1, 300, 1]) {
      await kill(witnesses[0]!.child);
      const head = await grow(entries);
      await expect(set.anchor(head)).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
      const again = await startWitness('w1', witnesses[0]!.port);
      expect(again.vkey).toBe(witnesses[0]!.vkey);
      witnesses[0] = again;
      expect(cosigners((await anchored(set, head)).note, witnesses)).toBe(2);
    }
    expect((await stat(join(folder, 'w1', 'witness.key'))).mode & 0o777).toBe(0o600);
  });

  it('show outside the clinic which key the log has, and what they hold', async () => {
    const witness = await startWitness('w3');
    await using set = witnessSet([witness], 1);
    await anchored(set, await grow(1));
    const page = await (await fetch(witness.url)).text();
    expect(page).toContain(`witness ${witness.vkey}\nlog ${log.vkey}\n  holds ${log.size} entries, root `);
    const [path] = /[0-9a-f]{64}\/checkpoint/.exec(page)!;
    const note = await (await fetch(witness.url + path)).text();
    expect(cosigners(note, [witness])).toBe(1);
  });
});

describe('on the wire', () => {
  it('each refusal has its status, type and body, and the witness goes on', async () => {
    const witness = await startWitness('w4');
    const post = async (body: string | Uint8Array<ArrayBuffer>, path = 'add-checkpoint', method = 'POST') => {
      const response = await fetch(witness.url + path, method === 'GET' ? { method } : { method, body });
      return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
    };
    const { size, note } = await grow(2);
    const type = 'text/plain; charset=utf-8';
    const tree = 'text/x.tlog.size';
    const request = (oldSize: number, proof: Uint8Array[] = []) => encodeAddCheckpoint({ oldSize, proof, note });
    expect(await post(request(1, [new Uint8Array(32)]))).toEqual({ status: 409, type: tree, body: '0\n' });
    expect(await post(request(0))).toMatchObject({ status: 200, type, body: expect.stringMatching(/^— w4 \S+\n$/) });
    expect(await post(request(1))).toEqual({ status: 409, type: tree, body: `${size}\n` });
    expect(await post(request(size, [new Uint8Array(32)]))).toMatchObject({ status: 422, type });
    expect(await post(request(0).replace('gateway.example/log\n', 'other.example/log\n'))).toMatchObject({
      status: 404,
      type,
    });
    expect(await post(request(0).replace(`\n${size}\n`, `\n${size + 1}\n`))).toMatchObject({ status: 403, type });
    expect(await post(request(size + 1))).toMatchObject({ status: 400, type });
    expect(await post(new Uint8Array([0xff, 0xfe]))).toMatchObject({ status: 400, type });
    expect(await post('', 'add-checkpoint', 'GET')).toMatchObject({ status: 405, type });
    expect(await post('', 'else', 'GET')).toMatchObject({ status: 404, type });
    expect(await post('x'.repeat(MAX_REQUEST_BYTES + 1)).catch(() => ({ status: 413 }))).toMatchObject({ status: 413 });
    expect(await post(request(size))).toMatchObject({ status: 200, type });
    // Its bucket fills again meanwhile: on a slow machine it takes more of them to empty it.
    await settled('who asks too often is refused', async () => {
      const many = await Promise.all(Array.from({ length: 80 }, () => post('', '', 'GET')));
      expect(many.every(({ status }) => status === 200 || status === 429)).toBe(true);
      return many.some(({ status }) => status === 429);
    });
  });

  it('a second witness on the same memory, and a log key that is none, are refused with words', async () => {
    await startWitness('w5');
    await expect(startWitness('w5')).rejects.toThrow(/exit 1: DATA_DIRECTORY_LOCKED/);
    await expect(startWitness('w6', undefined, ['nonsense'])).rejects.toThrow(/exit 1: NOTE_MALFORMED/);
    await expect(startWitness('w6', undefined, [])).rejects.toThrow(/exit 2: The verifier key of at least one log/);
  });
});
