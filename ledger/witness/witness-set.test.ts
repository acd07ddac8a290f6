// SPDX-License-Identifier: Apache-2.0
/** The set of witnesses: k of n, silence, lies, a disk that was put back, a fork; one liar must not stop the rest, nor raise an alarm. */
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AnchorReceipt, SignedHead } from '../anchor/anchor-home.ts';
import type { AnchorErrorCode } from '../anchor/errors.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { cosignatureLine, formatVerifierKey, openNote, parseNote } from '../log/note.ts';
import { makeSigner, makeWitnessSigner, memoryLog } from './testing/keys.ts';
import { heldTimers, memoryWitness, type Site, siteOf, webOf } from './testing/web.ts';
import { openWitnessSet, type WitnessSet } from './witness-set.ts';

const logSigner = makeSigner('log.example');
const log = memoryLog(logSigner);
const fork = memoryLog(logSigner, 'forked', 3);
const vkey = formatVerifierKey(logSigner.key);
const names = ['w1', 'w2', 'w3'] as const;
const signers = names.map((name) => makeWitnessSigner(`${name}.example`));
const witnessLines = names.map(
  (name, i) => `witness ${name} ${formatVerifierKey(signers[i]!.key)} http://${name}/sub/`,
);
const policyOf = (k: number) => `log ${vkey}\n${witnessLines.join('\n')}\ngroup all ${k} w1 w2 w3\nquorum all\n`;
const DEADLINE_MS = 1_000;
const RETRY_MS = 30_000;

let sites: Map<string, Site>;
let honest: Site[];
let timers: ReturnType<typeof heldTimers>;
let improved: AnchorReceipt[];
let alarmed: AnchorErrorCode[];
let requests: string[];

beforeEach(async () => {
  const witnesses = await Promise.all(signers.map((signer) => memoryWitness(signer, [logSigner.key])));
  honest = witnesses.map(siteOf);
  sites = new Map(names.map((name, i) => [name, honest[i]!]));
  timers = heldTimers();
  [improved, alarmed] = [[], []];
  requests = [];
});

function open(k = 2, history = log, policyText = policyOf(k)): WitnessSet {
  const web = webOf(sites);
  return openWitnessSet({
    policyText,
    vkey,
    source: { consistencyProof: async (from, to) => history.proof(from, to) },
    fetch: (input, init) => {
      requests.push(String(input));
      return web(input, init);
    },
    timers,
  });
}

/** Shows the head, and keeps what is said of it later. */
const show = (set: WitnessSet, newest: SignedHead) =>
  set.anchor(newest, {
    improved: (receipt) => improved.push(receipt),
    alarmed: ({ code }) => alarmed.push(code),
  });

const head = (size: number, history = log) => ({ size, note: history.checkpoint(size) });
const cosigners = ({ note }: AnchorReceipt) =>
  [...openNote(note, [logSigner.key, ...signers.map(({ key }) => key)], nodeCrypto).signedBy]
    .map(({ name }) => name)
    .filter((name) => name !== 'log.example');
/** Lets everything run that waits for no timer. */
async function calm(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

/** Runs until it has settled, while deadlines pass. */
async function passingDeadlines<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => undefined);
  while (!settled) {
    await calm();
    timers.fire(DEADLINE_MS);
  }
  return watched;
}

describe('anchored means k of n', () => {
  it('with all: every line holds, one request for each, over any gap', async () => {
    const set = open(3);
    expect(cosigners(await set.anchor(head(3)))).toEqual(['w1.example', 'w2.example', 'w3.example']);
    const receipt = await set.anchor(head(40));
    expect(receipt).toMatchObject({ size: 40 });
    expect(receipt.note.startsWith(log.checkpoint(40))).toBe(true);
    expect(requests).toHaveLength(6);
  });

  it('after a restart the witnesses name the size that they hold, and one more request does it', async () => {
    await open(3).anchor(head(5));
    requests.length = 0;
    expect(cosigners(await open(3).anchor(head(9)))).toHaveLength(3);
    expect(requests).toHaveLength(6);
  });

  it('with one silent: the rest is enough, nobody waits for it, and its line comes later by itself', async () => {
    sites.set('w2', () => 'silence');
    const set = open(2);
    expect(cosigners(await show(set, head(5)))).toEqual(['w1.example', 'w3.example']);
    timers.fire(DEADLINE_MS);
    await calm();
    sites.set('w2', honest[1]!);
    timers.fire(RETRY_MS);
    await calm();
    expect(improved.map(cosigners)).toEqual([['w1.example', 'w2.example', 'w3.example']]);
    expect(set.counters()).toMatchObject({ cosigned: 2, late: 1, unreachable: 1 });
  });

  it('with too few: transient, and met later by the retry', async () => {
    sites.delete('w1');
    sites.set('w3', () => new Response('', { status: 500 }));
    const set = open(2);
    await expect(show(set, head(5))).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE', class: 'transient' });
    sites.set('w3', honest[2]!);
    timers.fire(RETRY_MS);
    await calm();
    expect(improved.map(cosigners)).toEqual([['w2.example', 'w3.example']]);
  });

  it('a newer head ends the requests for the old one', async () => {
    sites.set('w2', () => 'silence');
    const set = open(2);
    await show(set, head(5));
    sites.set('w2', honest[1]!);
    await show(set, head(9));
    await calm();
    expect(improved.map(({ size }) => size)).toEqual([9]);
    expect(timers.waiting.get(RETRY_MS)?.size ?? 0).toBe(0);
  });

  it('with "quorum none" nobody is waited for', async () => {
    const set = open(0, log, `${witnessLines.join('\n')}\nquorum none\n`);
    expect(cosigners(await show(set, head(5)))).toEqual([]);
    await calm();
    expect(improved.map(cosigners).at(-1)).toHaveLength(3);
  });
});

describe('one that lies does not stop the rest', () => {
  const line = (note: string, i = 1) => cosignatureLine(parseNote(note).text, signers[i]!, 1_795_000_000);

  it.each<[string, Site, string]>([
    ['a cosignature of another head', () => new Response(line(log.checkpoint(4))), 'badCosignatures'],
    ['the line of another witness', () => new Response(line(log.checkpoint(5), 0)), 'badCosignatures'],
    ['nonsense', () => new Response('hello'), 'badCosignatures'],
    ['a line too many', () => new Response(`${line(log.checkpoint(5))}${line(log.checkpoint(4))}`), 'badCosignatures'],
    ['a megabyte', () => new Response('x'.repeat(1 << 20)), 'unreachable'],
    ['a size, again and again', () => new Response('3\n', { status: 409 }), 'refused'],
    ['a size that is none', () => new Response('many\n', { status: 409 }), 'refused'],
    ['not to know us', () => new Response('', { status: 404 }), 'refused'],
    ['a larger size, which it cannot show', (path) => refuseOr(path, '99\n', 409), 'contradictions'],
    ['a fork, which it cannot show', (path) => refuseOr(path, '', 422), 'contradictions'],
    [
      'a fork, and shows a checkpoint that ours extends',
      (path) => (path.endsWith('add-checkpoint') ? new Response('', { status: 422 }) : new Response(log.checkpoint(2))),
      'contradictions',
    ],
    [
      'a larger size, and shows one under a stranger key',
      (path) =>
        path.endsWith('add-checkpoint')
          ? new Response('99\n', { status: 409 })
          : new Response(memoryLog(makeSigner('log.example')).checkpoint(99)),
      'contradictions',
    ],
  ])('%s', async (_, site, counter) => {
    sites.set('w2', site);
    const set = open(2);
    expect(cosigners(await passingDeadlines(set.anchor(head(5))))).toEqual(['w1.example', 'w3.example']);
    await calm();
    expect(set.counters()).toMatchObject({ cosigned: 2, [counter]: 1 });
    expect(cosigners(await passingDeadlines(set.anchor(head(9))))).toEqual(['w1.example', 'w3.example']);
  });
});

const refuseOr = (path: string, body: string, status: number) =>
  path.endsWith('add-checkpoint') ? new Response(body, { status }) : new Response('', { status: 404 });

it('a witness that sends more lines than a note may have gets one of them in', async () => {
  const { text } = parseNote(log.checkpoint(5));
  const lines = Array.from({ length: 60 }, (_, i) => cosignatureLine(text, signers[1]!, 1_795_000_000 + i));
  sites.set('w2', () => new Response(lines.join('')));
  const { note } = await open(3).anchor(head(5));
  expect(parseNote(note).signatures).toHaveLength(4);
});

/** One that has cosigned a longer log than the others know of. */
async function remembersMore(name: (typeof names)[number]): Promise<void> {
  const everybody = sites;
  sites = new Map([[name, everybody.get(name)!]]);
  await using set = open(2);
  await expect(set.anchor(head(9))).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
  sites = everybody;
}

describe('alarms', () => {
  it('a rollback: one witness that shows a longer log under our key is enough, and the alarm stays', async () => {
    sites.delete('w2');
    sites.delete('w3');
    await expect(open(2).anchor(head(9))).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
    sites = new Map(names.map((name, i) => [name, honest[i]!]));
    const restored = open(3);
    await expect(restored.anchor(head(5))).rejects.toMatchObject({ code: 'ANCHOR_ROLLED_BACK' });
    await expect(restored.anchor(head(12))).rejects.toMatchObject({ code: 'ANCHOR_ROLLED_BACK' });
  });

  it('a rollback that is shown after the quorum was met is told at once, and stops the next head', async () => {
    await remembersMore('w2');
    const restored = open(1);
    await show(restored, head(5)).catch(() => undefined);
    await calm();
    expect(alarmed).toEqual(['ANCHOR_ROLLED_BACK']);
    await expect(restored.anchor(head(6))).rejects.toMatchObject({ code: 'ANCHOR_ROLLED_BACK' });
  });

  it.each([1, 3])(
    'a rollback that is shown when those who were missing are asked again (%i of 3) is told then',
    async (k) => {
      await remembersMore('w2');
      sites.set('w2', () => new Response('', { status: 500 }));
      const restored = open(k);
      await show(restored, head(5)).catch(() => undefined);
      await calm();
      expect(alarmed).toEqual([]);
      sites.set('w2', honest[1]!);
      timers.fire(RETRY_MS);
      await calm();
      expect(alarmed).toEqual(['ANCHOR_ROLLED_BACK']);
      // What is proved needs no more questions.
      expect(timers.waiting.get(RETRY_MS)?.size ?? 0).toBe(0);
    },
  );

  it('a proof that does not come at the first time is asked for once more', async () => {
    await remembersMore('w2');
    let lost = 0;
    sites.set('w2', (path, body) => {
      if (path.endsWith('add-checkpoint') || lost++ > 0) return honest[1]!(path, body);
      throw new TypeError('fetch failed');
    });
    await expect(open(3).anchor(head(5))).rejects.toMatchObject({ code: 'ANCHOR_ROLLED_BACK' });
  });

  it.each([5, 9, 4])('a fork at size %i is shown by what a witness holds of the other history', async (size) => {
    await open(3).anchor(head(5));
    const code = size < 5 ? 'ANCHOR_ROLLED_BACK' : 'ANCHOR_FORKED';
    await expect(open(3, fork).anchor(head(size, fork))).rejects.toMatchObject({ code });
  });

  it('without proof another one, only of so many that there is no quorum without them, until they are met again', async () => {
    sites.set('w1', (path) => refuseOr(path, '99\n', 409));
    sites.set('w2', (path) => refuseOr(path, '', 422));
    await expect(open(1).anchor(head(5))).resolves.toMatchObject({ size: 5 });
    const set = open(2);
    await expect(show(set, head(5))).rejects.toMatchObject({ code: 'ANCHOR_ACCUSED', class: 'transient' });
    timers.fire(RETRY_MS);
    await calm();
    expect([alarmed, improved]).toEqual([['ANCHOR_ACCUSED'], []]);
    sites.set('w1', honest[0]!);
    timers.fire(RETRY_MS);
    await calm();
    expect([alarmed.length, improved.map(({ size }) => size)]).toEqual([1, [5]]);
    await expect(set.anchor(head(6))).resolves.toMatchObject({ size: 6 });
  });
});

describe('a policy that cannot be used here', () => {
  it.each([
    ['another log', policyOf(2).replace(vkey, formatVerifierKey(makeSigner('log.example').key)), /does not list/],
    ['too few addresses', policyOf(3).replace(' http://w2/sub/', ''), /an address/],
  ])('%s', (_, text, words) => {
    expect(() => open(0, log, text)).toThrow(words);
  });

  it('an address may be given beside it', async () => {
    const policyText = policyOf(3).replace(' http://w2/sub/', '');
    const source = { consistencyProof: async (from: number, to: number) => log.proof(from, to) };
    const options = { policyText, vkey, source, fetch: webOf(sites), timers, urls: { w2: 'http://w2' } };
    await using set = openWitnessSet(options);
    expect(cosigners(await set.anchor(head(5)))).toHaveLength(3);
  });
});
