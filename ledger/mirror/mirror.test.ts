// SPDX-License-Identifier: Apache-2.0
/** The mirror: follows, proves before it stores, never goes back; a log that lies in any file; crashes of the mirror at every step. */
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { formatVerifierKey, verifierKey } from '../log/note.ts';
import { type Fault, FaultyFiles } from '../log/testing/faulty-files.ts';
import { TileReader } from '../log/tile-reader.ts';
import { parsePolicy } from '../witness/policy.ts';
import { openMirror } from './mirror.ts';
import { filesSource, type LogSource } from './source.ts';
import { cosign, entryOf, grownLog, logKey, witnesses } from './testing/logs.ts';

const SIZES = [5, 300, 2600] as const;
const shots = await Promise.all(SIZES.map((_, i) => grownLog(SIZES.slice(0, i + 1))));
const sourceOf = (files: FaultyFiles): LogSource => filesSource(files, 'log');
const open = (files: FaultyFiles, log: FaultyFiles | LogSource, policyText?: string, key = logKey) =>
  openMirror({
    files,
    key,
    source: 'tamper' in log ? sourceOf(log) : log,
    policy: policyText === undefined ? undefined : parsePolicy(policyText, nodeCrypto.sha256),
    crypto: nodeCrypto,
  });

async function assertHolds(files: FaultyFiles, size: number): Promise<void> {
  const tiles = new TileReader(files, nodeCrypto.sha256, () => size);
  for (const i of [0, 4, 255, 256, size - 1].filter((i) => i >= 0 && i < size))
    expect(await tiles.entry(i)).toEqual(entryOf(i));
  expect((await open(files, files)).size).toBe(size);
}

describe('an honest log', () => {
  it('is followed step by step, with its tiles, bundles and checkpoint byte for byte', async () => {
    const files = new FaultyFiles();
    for (const [i, size] of SIZES.entries()) {
      const mirror = await open(files, shots[i]!);
      expect(await mirror.step()).toEqual({ kind: 'grown', size });
      expect(await mirror.step()).toEqual({ kind: 'same', size });
      await assertHolds(files, size);
    }
    for (const path of files.paths().filter((path) => path !== 'format'))
      expect(Buffer.from((await files.read(path))!), path).toEqual(Buffer.from((await shots[2]!.read(path))!));
    expect(files.paths().filter((path) => path.startsWith('tile/'))).toEqual(
      shots[2]!.paths().filter((path) => path.startsWith('tile/')),
    );
  });

  it('is followed at one go, by one that runs on, and from a mirror of it', async () => {
    const files = new FaultyFiles();
    let shown = shots[0]!;
    const mirror = await open(files, { name: 'log', read: (path) => shown.read(path) });
    expect(await mirror.step()).toEqual({ kind: 'grown', size: 5 });
    shown = shots[2]!;
    expect(await mirror.step()).toEqual({ kind: 'grown', size: 2600 });
    await assertHolds(files, 2600);
    const second = new FaultyFiles();
    expect(await (await open(second, files)).step()).toEqual({ kind: 'grown', size: 2600 });
  });

  it('that has nothing yet, or drops narrow tiles while it is read, or is older than what is held', async () => {
    expect(await (await open(new FaultyFiles(), new FaultyFiles())).step()).toEqual({ kind: 'waiting', size: 0 });
    // Its checkpoint is of 300, its tiles are of 2600 already.
    const racing: LogSource = { name: 'log', read: (path) => shots[path === 'checkpoint' ? 1 : 2]!.read(path) };
    const files = new FaultyFiles();
    expect(await (await open(files, racing)).step()).toEqual({ kind: 'grown', size: 300 });
    await assertHolds(files, 300);
    expect(await (await open(files, shots[0]!)).step()).toEqual({ kind: 'behind', size: 300 });
    await assertHolds(files, 300);
  });
});

describe('a log that lies', () => {
  const flip = (bytes: Uint8Array) => bytes.with(40 % bytes.length, bytes[40 % bytes.length]! ^ 1);

  it.each([
    ['in an entry', 'tile/entries/001', flip],
    ['in the last entry', 'tile/entries/010.p/40', flip],
    ['by a missing bundle', 'tile/entries/003', () => undefined],
    ['by a bundle of another form', 'tile/entries/003', (bytes: Uint8Array) => bytes.subarray(1)],
    ['in a hash that a proof needs', 'tile/0/010.p/40', flip],
  ])('%s is not stored, and what is held stays', async (_, path, change) => {
    for (const held of [0, 5]) {
      const files = new FaultyFiles();
      if (held > 0) await (await open(files, shots[0]!)).step();
      const lying = new FaultyFiles({ disk: shots[2]! });
      lying.tamper(path, change);
      const mirror = await open(files, lying);
      await expect(mirror.step()).rejects.toMatchObject({ code: 'MIRROR_UNPROVED' });
      expect(mirror.size).toBe(held);
      await assertHolds(files, held);
      const honest = await open(files, shots[2]!);
      expect(await honest.step()).toEqual({ kind: 'grown', size: 2600 });
    }
  });

  it('about its key is not listened to', async () => {
    const stranger = verifierKey('log.example', new Uint8Array(32).fill(9), nodeCrypto.sha256);
    expect(await (await open(new FaultyFiles(), shots[1]!, undefined, stranger)).step()).toMatchObject({
      kind: 'waiting',
    });
    const files = new FaultyFiles();
    await (await open(files, shots[0]!)).step();
    await expect(open(files, shots[1]!, undefined, stranger)).rejects.toMatchObject({ code: 'LOG_KEY_DIFFERS' });
  });

  it.each([
    ['smaller', 290],
    ['equal', 300],
    ['larger', 400],
    ['much larger', 2700],
  ])('by a fork of %s size: an alarm, with the checkpoint kept as evidence', async (_, size) => {
    const files = new FaultyFiles();
    await (await open(files, shots[1]!)).step();
    const fork = await grownLog([size], { history: 'forked', forkedFrom: 200 });
    const mirror = await open(files, fork);
    await expect(mirror.step()).rejects.toMatchObject({ code: 'MIRROR_FORKED' });
    const [evidence] = files.paths().filter((path) => path.startsWith(`evidence/${size}-`));
    expect(await files.read(evidence!)).toEqual(await fork.read('checkpoint'));
    await assertHolds(files, 300);
  });

  it('that is silent may come back', async () => {
    const dead = new FaultyFiles({ disk: shots[1]!, faultAt: 0, fault: 'killed-before-sync' });
    await expect(dead.sync('head')).rejects.toThrow();
    const silent = await open(new FaultyFiles(), dead);
    await expect(silent.step()).rejects.toMatchObject({ code: 'MIRROR_UNREACHABLE', class: 'transient' });
  });
});

describe('with a policy', () => {
  const policy = `log ${formatVerifierKey(logKey)}
${witnesses.map(({ key }, i) => `witness w${i + 1} ${formatVerifierKey(key)}`).join('\n')}
group g all w1 w2
quorum g
`;

  it('only what its witnesses cosigned is stored, and more cosignatures are kept when they come', async () => {
    const log = new FaultyFiles({ disk: shots[1]! });
    const files = new FaultyFiles();
    expect(await (await open(files, log, policy)).step()).toEqual({ kind: 'waiting', size: 0 });
    cosign(log, 0);
    expect(await (await open(files, log, policy)).step()).toEqual({ kind: 'waiting', size: 0 });
    const unasked = new FaultyFiles();
    await (await open(unasked, log)).step();
    cosign(log, 1);
    expect(await (await open(files, log, policy)).step()).toEqual({ kind: 'grown', size: 300 });
    expect(await (await open(unasked, log)).step()).toEqual({ kind: 'same', size: 300 });
    for (const copy of [files, unasked]) expect(await copy.read('checkpoint')).toEqual(await log.read('checkpoint'));
    expect(await (await open(unasked, shots[1]!)).step()).toEqual({ kind: 'same', size: 300 });
    expect(await unasked.read('checkpoint')).toEqual(await log.read('checkpoint'));
  });
});

const FAULTS: readonly Fault[] = ['fails', 'fails-but-persisted', 'killed-before-sync', { powerCutAfterBytes: 33 }];

describe('the storage fault list', async () => {
  const begun = new FaultyFiles();
  await (await open(begun, shots[0]!)).step();
  const follow = async (files: FaultyFiles) => (await open(files, shots[2]!)).step();
  const healthy = new FaultyFiles({ disk: begun });
  await follow(healthy);

  it('covers every kind of step', () => {
    for (const step of [
      'sync head',
      'writeAtomic tile/0/000',
      'writeAtomic tile/entries/010.p/40',
      'writeAtomic head',
      'writeAtomic checkpoint',
      'remove tile/0/000.p',
    ])
      expect(healthy.steps).toContain(step);
  });

  it.each(FAULTS.map((fault) => [JSON.stringify(fault), fault] as const))('%s at every step', async (_, fault) => {
    for (const faultAt of healthy.steps.keys()) {
      const files = new FaultyFiles({ disk: begun, faultAt, fault });
      await expect(follow(files), healthy.steps[faultAt]).rejects.toThrow();
      for (const disk of [new FaultyFiles({ disk: files }), files.powerCut()]) {
        await follow(disk);
        await assertHolds(disk, 2600);
      }
    }
  });

  it('a disk that lies about tiles is caught', async () => {
    const files = new FaultyFiles({ disk: begun, lies: (step) => step.startsWith('writeAtomic tile') });
    await follow(files);
    await expect(assertHolds(files.powerCut(), 2600)).rejects.toThrow();
  });
});
