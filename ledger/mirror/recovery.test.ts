// SPDX-License-Identifier: Apache-2.0
/**
 * Recovery: every kind of damage healed byte for byte, from what is proved wherever it lies; refusals where history cannot be proved; lying
 * mirrors; a process that ends at any step of the change of places.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { NodeFiles } from '../log/files.ts';
import { fsck } from '../log/fsck.ts';
import { formatVerifierKey } from '../log/note.ts';
import { FaultyFiles } from '../log/testing/faulty-files.ts';
import { parsePolicy } from '../witness/policy.ts';
import { heldTimers } from '../witness/testing/web.ts';
import { openMirror } from './mirror.ts';
import { type RecoverOptions, recoverFromMirrors } from './recovery.ts';
import { filesSource, type LogSource } from './source.ts';
import { cosign, grownLog, logKey, openGrownLog, witnesses } from './testing/logs.ts';

const vkey = formatVerifierKey(logKey);
const POLICY = `log ${vkey}
${witnesses.map(({ key }, i) => `witness w${i + 1} ${formatVerifierKey(key)} http://w${i + 1}`).join('\n')}
group g all w1 w2
quorum g
`;
const SIZE = 600;
const whole = await grownLog([5, 300, SIZE]);
const cosigned = new FaultyFiles({ disk: whole });
cosign(cosigned, 0, 1);
const older = await grownLog([5, 300]);
const [fork, forkedTail] = [
  await grownLog([SIZE], { history: 'forked', forkedFrom: 100 }),
  await grownLog([700], { disk: older, history: 'forked', forkedFrom: 300 }),
];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-recover-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Puts a log of memory on disk. */
async function put(files: FaultyFiles, folder = 'log'): Promise<void> {
  const disk = new NodeFiles(join(directory, folder));
  for (const path of files.paths()) await disk.writeAtomic(path, (await files.read(path))!);
}

const source = (files: FaultyFiles, name = 'mirror'): LogSource => filesSource(files, name);
/** What a mirror of this log keeps: no segments. */
async function mirrorOf(log: FaultyFiles, name = 'mirror'): Promise<LogSource> {
  const files = new FaultyFiles();
  await (await openMirror({ files, key: logKey, source: source(log), policy: undefined, crypto: nodeCrypto })).step();
  return source(files, name);
}

function recover(mirrors: readonly LogSource[], options: Partial<RecoverOptions> = {}) {
  const http = { fetch: () => Promise.reject(new TypeError('fetch failed')), timers: heldTimers() };
  return recoverFromMirrors({
    directory,
    key: undefined,
    policy: undefined,
    mirrors,
    http,
    crypto: nodeCrypto,
    ...options,
  });
}
const policy = parsePolicy(POLICY, nodeCrypto.sha256);

async function assertHealed(size = SIZE): Promise<void> {
  const files = new NodeFiles(join(directory, 'log'));
  expect(await fsck(files, nodeCrypto, vkey)).toMatchObject({ damage: [], head: { size }, sequenced: size });
  // The gateway opens it, and goes on after the outbox number that it ends with.
  await using log = await openGrownLog(join(directory, 'log'));
  expect([log.size, log.highestOutbox]).toEqual([size, size]);
}

async function listing(): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('hex')])),
  );
}

/** Nothing of the directory may change in a refusal. */
async function refusal(mirrors: readonly LogSource[], options: Partial<RecoverOptions> = {}): Promise<unknown> {
  const before = await listing();
  const error = await recover(mirrors, options).then(
    () => undefined,
    (refused: unknown) => refused,
  );
  const after = await listing();
  for (const file of Object.keys(after)) if (file.includes('log.healing-')) delete after[file];
  expect(after).toEqual(before);
  return error;
}

const at = (path: string) => join(directory, 'log', path);
const change = async (path: string, by: (bytes: Buffer) => Uint8Array) =>
  writeFile(at(path), by(await readFile(at(path))));
const flip = (index: number) => (bytes: Buffer) => {
  bytes[index]! ^= 1;
  return bytes;
};
const LAST_SEGMENT = whole
  .paths()
  .filter((path) => path.startsWith('segment/'))
  .at(-1)!;
const FIRST_SEGMENT = 'segment/0000000000000000';

describe('each kind of damage is healed', () => {
  it.each<[string, () => Promise<unknown>, number | undefined]>([
    ['a flipped byte in an entry', () => change(FIRST_SEGMENT, flip(8 + 16 + 3)), 0],
    ['a flipped length', () => change(FIRST_SEGMENT, flip(8 + 3)), 0],
    [
      'a truncated segment',
      () => change(LAST_SEGMENT, (bytes) => bytes.subarray(0, 50)),
      Number(LAST_SEGMENT.slice(8)) + 1,
    ],
    ['a missing first segment', () => rm(at(FIRST_SEGMENT)), 0],
    ['all segments missing', () => rm(at('segment'), { recursive: true }), 0],
    ['a flipped byte in a tile', () => change('tile/0/000', flip(7)), undefined],
    ['a missing bundle', () => rm(at('tile/entries/001')), undefined],
    ['all tiles missing', () => rm(at('tile'), { recursive: true }), undefined],
    ['a damaged head', () => change('head', flip(3)), undefined],
    ['a missing head and checkpoint', () => Promise.all([rm(at('head')), rm(at('checkpoint'))]), undefined],
    ['a damaged checkpoint', () => change('checkpoint', flip(20)), undefined],
  ])('%s', async (what, damage, firstBadEntry) => {
    await put(whole);
    await damage();
    const report = await recover([await mirrorOf(whole)]);
    expect(report).toMatchObject({
      outcome: 'healed',
      size: SIZE,
      acceptedSize: SIZE,
      evidence: 'log.damaged-1',
      unproved: [],
    });
    expect(report.firstBadEntry).toBe(firstBadEntry);
    // A log without a head looks to fsck like one that has signed nothing yet; the mirror knows better.
    expect(report.damage.length > 0).toBe(what !== 'a missing head and checkpoint');
    await assertHealed();
    expect((await readdir(directory)).sort()).toEqual(['log', 'log.damaged-1']);
  });

  it('everything gone, the file "format" too: the key must be named', async () => {
    await rm(join(directory, 'log'), { recursive: true, force: true });
    expect(await refusal([await mirrorOf(whole)])).toMatchObject({ code: 'LOG_FORMAT' });
    expect(await recover([await mirrorOf(whole)], { key: logKey })).toMatchObject({
      outcome: 'healed',
      firstBadEntry: 0,
    });
    await assertHealed();
  });

  it('put back to an older state, which is whole by itself', async () => {
    await put(older);
    const report = await recover([await mirrorOf(whole)]);
    expect(report).toMatchObject({ outcome: 'healed', damage: [], firstBadEntry: 300, size: SIZE });
    await assertHealed();
  });

  it('a whole log is left as it is', async () => {
    await put(whole);
    const before = await listing();
    for (const mirror of [whole, older])
      expect(await recover([source(mirror)])).toMatchObject({ outcome: 'clean', size: SIZE });
    expect(await listing()).toEqual(before);
  });
});

describe('what is proved is taken, wherever it lies', () => {
  it('a mirror that is shorter than the log, whose own tail is whole', async () => {
    await put(whole);
    await change(FIRST_SEGMENT, flip(8 + 16 + 3));
    await rm(at('tile/entries/000'));
    expect(await recover([await mirrorOf(older)])).toMatchObject({ outcome: 'healed', size: SIZE, firstBadEntry: 0 });
    await assertHealed();
  });

  it('one mirror that lies in entries and one that tells the truth', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    await rm(at('tile'), { recursive: true });
    const lying = new FaultyFiles({ disk: whole });
    lying.tamper('tile/entries/000', flip(4) as never);
    const report = await recover([source(lying, 'liar'), await mirrorOf(whole, 'truth')]);
    expect(report.taken).toEqual({ truth: SIZE });
    await assertHealed();
  });

  it('a mirror whose checkpoint is of another key does not matter', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    const stranger = new FaultyFiles({ disk: whole });
    stranger.tamper('checkpoint', flip(70) as never);
    expect(await recover([source(stranger), await mirrorOf(whole)])).toMatchObject({ outcome: 'healed' });
  });
});

describe('history that cannot be proved is refused, and nothing is changed', () => {
  it.each<[string, LogSource[], string]>([
    ['a mirror that is shorter than the signed head', [source(older)], 'RECOVER_NOT_PROVED'],
    ['only a liar', [source(lyingCopy())], 'RECOVER_NOT_PROVED'],
    ['no mirror that has anything', [source(new FaultyFiles())], 'RECOVER_NOT_PROVED'],
    ['a fork', [source(fork)], 'RECOVER_FORKED'],
    ['a longer fork', [source(forkedTail)], 'RECOVER_FORKED'],
    ['a fork beside the truth', [source(whole), source(fork)], 'RECOVER_FORKED'],
  ])('%s', async (_, mirrors, code) => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    await rm(at('tile'), { recursive: true });
    expect(await refusal(mirrors)).toMatchObject({ code });
  });

  it('nobody who answers', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    await rm(at('tile'), { recursive: true });
    const silent = { name: 'silent', read: filesSource(deadDisk(), 'silent').read };
    expect(await refusal([silent])).toMatchObject({
      code: 'MIRROR_UNREACHABLE',
    });
  });
});

function lyingCopy(): FaultyFiles {
  const lying = new FaultyFiles({ disk: whole });
  lying.tamper('tile/entries/000', flip(4) as never);
  return lying;
}

function deadDisk(): FaultyFiles {
  const dead = new FaultyFiles({ disk: whole, faultAt: 0, fault: 'killed-before-sync' });
  dead.sync('head').catch(() => undefined);
  return dead;
}

describe('with a policy', () => {
  it('no cosignature, no recovery; with it everything is checked against that checkpoint', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    const silent = ['http://w1', 'http://w2'].map((url) => expect.stringContaining(url));
    const refused = await refusal([source(whole)], {
      policy: parsePolicy(POLICY.replaceAll(/ http:.*/g, ''), nodeCrypto.sha256),
    });
    expect(refused).toMatchObject({ code: 'RECOVER_NOT_WITNESSED' });
    expect(await recover([source(cosigned)], { policy })).toMatchObject({
      outcome: 'healed',
      acceptedSize: SIZE,
      silent,
    });
    await assertHealed();
    expect(await readFile(at('anchored'), 'utf8')).toContain('w2.example');
  });

  it('a mirror shorter than a cosigned head is refused; shorter than one that is not, healed so far, and said', async () => {
    const shorter = new FaultyFiles({ disk: older });
    cosign(shorter, 0, 1);
    await put(whole);
    await rm(at('segment'), { recursive: true });
    await rm(at('tile'), { recursive: true });
    expect(await refusal([source(shorter), await checkpointOnly(cosigned)], { policy })).toMatchObject({
      code: 'RECOVER_NOT_PROVED',
    });
    const report = await recover([source(shorter)], { policy });
    expect(report).toMatchObject({ outcome: 'healed', size: 300, acceptedSize: 300, firstBadEntry: 0 });
    expect(report.unproved).toEqual([expect.stringMatching(/^log, log shows 600 entries/)]);
    await assertHealed(300);
  });

  it('the history that the witnesses cosigned is taken, and the other kept as evidence, whoever holds it', async () => {
    await put(fork);
    const report = await recover([source(forkedTail, 'fork'), await mirrorOf(cosigned)], { policy });
    expect(report).toMatchObject({ outcome: 'healed', damage: [], firstBadEntry: 100, size: SIZE });
    expect(report.unproved).toHaveLength(2);
    await assertHealed();
  });

  it('two cosigned histories are refused', async () => {
    const other = new FaultyFiles({ disk: fork });
    cosign(other, 0, 1);
    await put(whole);
    await rm(at('segment'), { recursive: true });
    expect(await refusal([source(cosigned), source(other)], { policy })).toMatchObject({ code: 'RECOVER_FORKED' });
  });

  it('witnesses keep a line each: together they are the quorum, and a forged line of a liar does not spoil it', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    const halves = [0, 1].map((by) => {
      const files = new FaultyFiles({ disk: whole });
      cosign(files, by);
      return files;
    });
    const forged = new FaultyFiles({ disk: older });
    cosign(forged, 1);
    const lines = new TextDecoder()
      .decode((await forged.read('checkpoint'))!)
      .trimEnd()
      .split('\n')
      .at(-1)!;
    const liar = new FaultyFiles({ disk: whole });
    liar.tamper('checkpoint', (bytes) => Buffer.concat([bytes, Buffer.from(`${lines}\n`)]));
    const shownByWitnesses: typeof fetch = async (url) => {
      const half = halves[String(url).startsWith('http://w1/') ? 0 : 1]!;
      return new Response(Buffer.from((await half.read('checkpoint'))!));
    };
    const http = { fetch: shownByWitnesses, timers: heldTimers() };
    expect(await recover([source(liar)], { policy, http })).toMatchObject({ outcome: 'healed', acceptedSize: SIZE });
  });
});

async function checkpointOnly(files: FaultyFiles): Promise<LogSource> {
  const bytes = await files.read('checkpoint');
  return { name: 'checkpoint only', read: async (path) => (path === 'checkpoint' ? bytes : undefined) };
}

describe('a process that ends while folders change places', async () => {
  const steps: string[] = [];

  it('leaves a log that nobody opens, or a healed one; and the next recovery finishes, with every part kept', async () => {
    // Entries that nobody but the damaged log has must survive every cut.
    const mirror = await mirrorOf(older);
    const damage = async () => {
      await rm(directory, { recursive: true });
      await put(whole);
      await change(FIRST_SEGMENT, flip(8 + 16 + 3));
    };
    await damage();
    await recover([mirror], { passed: (step) => steps.push(step) });
    expect(steps).toEqual(expect.arrayContaining(['close', 'move segment', 'move tile', 'move head', 'open', 'tidy']));
    for (const cut of steps.keys()) {
      await damage();
      let passed = 0;
      const die = () => {
        if (passed++ === cut) throw new Error('killed');
      };
      await expect(recover([mirror], { passed: die })).rejects.toThrow('killed');
      if (cut > steps.indexOf('close') && cut <= steps.indexOf('open'))
        await expect(openGrownLog(join(directory, 'log')), steps[cut]).rejects.toMatchObject({ code: 'LOG_FORMAT' });
      await recover([mirror]);
      await assertHealed();
    }
  });
});
