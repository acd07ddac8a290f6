// SPDX-License-Identifier: Apache-2.0
/**
 * The witness without its network: each answer of the specification, races, and the storage fault list (every durable step x {fails,
 * fails but persisted, killed before its sync, power cut}): no two cosignatures of it may ever contradict each other.
 */
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { parseCheckpoint } from '../log/checkpoint.ts';
import { openNote, parseNote } from '../log/note.ts';
import { type Fault, FaultyFiles } from '../log/testing/faulty-files.ts';
import type { WitnessError } from './errors.ts';
import { encodeAddCheckpoint } from './request.ts';
import { makeSigner, makeWitnessSigner, memoryLog } from './testing/keys.ts';
import { openWitness, type WitnessAnswer, type WitnessOptions } from './witness.ts';
import { WitnessStore } from './witness-store.ts';

const logSigner = makeSigner('log.example');
const signer = makeWitnessSigner('witness.example');
const log = memoryLog(logSigner);
const fork = memoryLog(logSigner, 'forked', 3);
const utf8 = (text: string) => new TextEncoder().encode(text);
const NOW_S = 1_795_000_000;

function open(files: FaultyFiles, options: Partial<WitnessOptions> = {}) {
  const store = new WitnessStore({ files, witness: signer.key, crypto: nodeCrypto });
  const rest = { signer, logs: [logSigner.key], crypto: nodeCrypto, nowS: () => NOW_S, onFatal: () => undefined };
  return openWitness({ store, ...rest, ...options });
}

describe('answers of the specification', async () => {
  const held = new FaultyFiles();
  await (await open(held)).addCheckpoint(log.request(0, 5));
  const stranger = memoryLog(makeSigner('log.example'));
  const unknown = memoryLog(makeSigner('other.example'));
  const noteOf = (request: Uint8Array) => new TextDecoder().decode(request).split('\n\n').slice(1).join('\n\n');
  const withProof = (oldSize: number, note: string, proof: Uint8Array[]) =>
    utf8(encodeAddCheckpoint({ oldSize, proof, note }));
  const brokenSignature = log
    .checkpoint(9)
    .replace(/\n$/, '')
    .concat(`\n${log.checkpoint(8).split('\n').at(-2)}\n`);

  it.each<[string, Uint8Array, WitnessAnswer | object]>([
    ['an extension', log.request(5, 9), { status: 200 }],
    ['the same tree again', log.request(5, 5), { status: 200 }],
    ['an unknown log', unknown.request(0, 5), { status: 404 }],
    ['a foreign key', stranger.request(5, 9), { status: 403 }],
    ['a known key whose second signature fails', withProof(5, brokenSignature, log.proof(5, 9)), { status: 403 }],
    ['nonsense', utf8('hello'), { status: 400 }],
    ['an old size above the checkpoint', withProof(9, log.checkpoint(5), []), { status: 400 }],
    ['an older size than is held', log.request(3, 9), { status: 409, size: 5 }],
    ['a newer size than is held', log.request(7, 9), { status: 409, size: 5 }],
    ['the first request once more', log.request(0, 5), { status: 409, size: 5 }],
    ['an older tree', log.request(3, 4), { status: 409, size: 5 }],
    ['a fork', fork.request(5, 9), { status: 422 }],
    ['a fork of the same size', fork.request(5, 5), { status: 422 }],
    ['no proof', withProof(5, log.checkpoint(9), []), { status: 422 }],
    ['a proof too long', withProof(5, log.checkpoint(9), [...log.proof(5, 9), new Uint8Array(32)]), { status: 422 }],
    ['a proof of the same tree', withProof(5, log.checkpoint(5), [new Uint8Array(32)]), { status: 422 }],
  ])('%s', async (_, body, answer) => {
    expect(noteOf(body)).toBeDefined();
    expect(await (await open(new FaultyFiles({ disk: held }))).addCheckpoint(body)).toMatchObject(answer);
  });

  it('do not run out: a hundred requests one after the other are answered and counted', async () => {
    const witness = await open(new FaultyFiles({ disk: held }));
    for (let i = 0; i < 99; i++) expect((await witness.addCheckpoint(log.request(5, 5))).status).toBe(200);
    expect((await witness.addCheckpoint(fork.request(5, 9))).status).toBe(422);
    expect(witness.counters()).toEqual({ cosigned: 99, stale: 0, refused: 1, refusedBusy: 0 });
  });

  it('to a witness that holds nothing: any tree, an empty one too, but no proof, and no empty tree with a root', async () => {
    expect(await (await open(new FaultyFiles())).addCheckpoint(log.request(0, 9))).toMatchObject({ status: 200 });
    const proved = withProof(0, log.checkpoint(9), log.proof(5, 9));
    expect(await (await open(new FaultyFiles())).addCheckpoint(proved)).toEqual({ status: 422 });
    const files = new FaultyFiles();
    expect(await (await open(files)).addCheckpoint(log.request(0, 0))).toMatchObject({ status: 200 });
    expect(await (await open(files)).addCheckpoint(log.request(0, 3))).toMatchObject({ status: 200 });
    const { root } = parseCheckpoint(parseNote(log.checkpoint(1)).text);
    const rooted = memoryLog(logSigner).checkpoint(0, root);
    expect(await (await open(new FaultyFiles())).addCheckpoint(withProof(0, rooted, []))).toEqual({ status: 422 });
  });

  it('a cosignature holds, with the time of the witness, and is remembered under the signature of the log', async () => {
    const files = new FaultyFiles({ disk: held });
    const answer = await (await open(files)).addCheckpoint(log.request(5, 9));
    const line = answer.status === 200 ? answer.line : '';
    expect(openNote(log.checkpoint(9) + line, [signer.key], nodeCrypto).signedBy.has(signer.key)).toBe(true);
    expect((await open(files)).head('log.example')).toMatchObject({ size: 9, note: log.checkpoint(9) + line });
  });
});

describe('at the same time', () => {
  it('of two extensions of one size one wins, and the other is told so', async () => {
    const witness = await open(new FaultyFiles());
    await witness.addCheckpoint(log.request(0, 4));
    const answers = await Promise.all([5, 9, 6].map((to) => witness.addCheckpoint(log.request(4, to))));
    expect(answers).toMatchObject([{ status: 200 }, { status: 409, size: 5 }, { status: 409, size: 5 }]);
    expect(witness.head('log.example')?.size).toBe(5);
  });

  it('more than can wait are refused, and counted', async () => {
    const witness = await open(new FaultyFiles());
    const answers = await Promise.all(Array.from({ length: 80 }, () => witness.addCheckpoint(log.request(0, 4))));
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(16);
    expect(witness.counters()).toEqual({ cosigned: 1, stale: 63, refused: 0, refusedBusy: 16 });
  });
});

/** What the world has been shown; a later cosignature must extend every earlier one. */
async function work(files: FaultyFiles, shown: number[], fatal: WitnessError[] = []): Promise<void> {
  const witness = await open(files, { onFatal: (error) => fatal.push(error) });
  for (const size of [1, 3, 7, 8, 20]) {
    const from = witness.head('log.example')?.size ?? 0;
    if (from > size) continue;
    const answer = await witness.addCheckpoint(log.request(from, size));
    if (answer.status !== 200) throw new Error(`stopped at ${size} with ${answer.status}`);
    shown.push(size);
  }
}

const FAULTS: readonly Fault[] = ['fails', 'fails-but-persisted', 'killed-before-sync', { powerCutAfterBytes: 17 }];

describe('the storage fault list', async () => {
  const healthy = new FaultyFiles();
  await work(healthy, []);

  async function assertNeverBack(files: FaultyFiles, shown: readonly number[]): Promise<void> {
    const witness = await open(new FaultyFiles({ disk: files }));
    expect(witness.head('log.example')?.size ?? 0).toBeGreaterThanOrEqual(Math.max(0, ...shown));
    const after = [...shown];
    await work(new FaultyFiles({ disk: files }), after);
    expect(after.at(-1)).toBe(20);
  }

  describe.each(FAULTS.map((fault) => [JSON.stringify(fault), fault] as const))('%s', (_, fault) => {
    it.each(healthy.steps.map((step, at) => [step, at] as const))('at %s (step %i)', async (_, faultAt) => {
      const files = new FaultyFiles({ faultAt, fault });
      const [shown, fatal]: [number[], WitnessError[]] = [[], []];
      await expect(work(files, shown, fatal)).rejects.toThrow();
      expect(fatal.map(({ code }) => code)).toEqual(['WITNESS_WRITE_FAILED']);
      await assertNeverBack(new FaultyFiles({ disk: files }), shown);
      await assertNeverBack(files.powerCut(), shown);
      const restarted = new FaultyFiles({ disk: files });
      await work(restarted, shown);
      await assertNeverBack(restarted.powerCut(), shown);
    });
  });

  it('after a failed write it says nothing more, not even what it held', async () => {
    const files = new FaultyFiles({ faultAt: 1, fault: 'fails' });
    const witness = await open(files);
    await witness.addCheckpoint(log.request(0, 3));
    expect(await witness.addCheckpoint(log.request(3, 5))).toEqual({ status: 503 });
    expect(await witness.addCheckpoint(log.request(3, 5))).toEqual({ status: 503 });
  });

  it('a disk that lies is caught', async () => {
    const [files, shown]: [FaultyFiles, number[]] = [new FaultyFiles({ lies: () => true }), []];
    await work(files, shown);
    await expect(assertNeverBack(files.powerCut(), shown)).rejects.toThrow();
  });

  it('a witness that answers what a killed process left, without syncing it, is caught', async () => {
    const killed = new FaultyFiles({ faultAt: 0, fault: 'killed-before-sync' });
    await expect(work(killed, [])).rejects.toThrow();
    const lying = new FaultyFiles({ disk: killed, lies: (step) => step.startsWith('sync') });
    const answer = await (await open(lying)).addCheckpoint(log.request(1, 1));
    expect(answer.status).toBe(200);
    await expect(assertNeverBack(lying.powerCut(), [1])).rejects.toThrow();
    const honest = new FaultyFiles({ disk: killed });
    await (await open(honest)).addCheckpoint(log.request(1, 1));
    await assertNeverBack(honest.powerCut(), [1]);
  });
});

it('a checkpoint with as many lines as a note may have is remembered with two, and can be read again', async () => {
  const files = new FaultyFiles();
  const line = log.checkpoint(5).split('\n').at(-2)!;
  const note = log.checkpoint(5) + `${line}\n`.repeat(63);
  const request = utf8(encodeAddCheckpoint({ oldSize: 0, proof: [], note }));
  expect(await (await open(files)).addCheckpoint(request)).toMatchObject({ status: 200 });
  expect(parseNote((await open(files)).head('log.example')!.note).signatures).toHaveLength(2);
});

describe('another hand', () => {
  it.each([
    ['a changed memory', (text: string) => text.replace('\n9\n', '\n8\n')],
    ['a memory without its own line', () => log.checkpoint(9)],
    ['a memory of another log', () => memoryLog(makeSigner('log.example')).checkpoint(9)],
    ['half a memory', (text: string) => text.slice(0, 60)],
  ])('%s is refused at the start', async (_, change) => {
    const files = new FaultyFiles();
    await (await open(files)).addCheckpoint(log.request(0, 9));
    files.tamper(files.paths()[0]!, (bytes) => utf8(change(new TextDecoder().decode(bytes))));
    await expect(open(files)).rejects.toMatchObject({ code: 'WITNESS_STATE_DAMAGED' });
  });

  it('a fork gets through a witness that does not check the proof, and only through that', async () => {
    for (const [isExtension, status] of [
      [undefined, 422],
      [() => true, 200],
    ] as const) {
      const witness = await open(new FaultyFiles(), isExtension && { isExtension });
      await witness.addCheckpoint(log.request(0, 5));
      expect(await witness.addCheckpoint(fork.request(5, 9))).toMatchObject({ status });
    }
  });
});
