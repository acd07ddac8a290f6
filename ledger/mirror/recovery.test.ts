// SPDX-License-Identifier: Apache-2.0
/** Recovery: every kind of damage healed byte for byte, from what is proved wherever it lies; refusals; a process that ends at any step. */
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FaultyFiles } from '../log/testing/faulty-files.ts';
import { filesSource, type LogSource } from './source.ts';
import { logKey, openGrownLog } from './testing/logs.ts';
import {
  assertHealed,
  at,
  change,
  FIRST_SEGMENT,
  flip,
  folders,
  fork,
  forkedTail,
  listing,
  mirrorOf,
  older,
  put,
  putHeadOf,
  recover,
  refusal,
  SIZE,
  source,
  useDirectory,
  whole,
} from './testing/recovery-rig.ts';

useDirectory();
const LAST_SEGMENT = whole
  .paths()
  .filter((path) => path.startsWith('segment/'))
  .at(-1)!;

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
    expect(await folders()).toEqual(['log', 'log.damaged-1']);
  });

  it('everything gone, the file "format" too: the key must be named', async () => {
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
    await putHeadOf(whole);
    const lying = new FaultyFiles({ disk: whole });
    lying.tamper('tile/entries/000', flip(4));
    const report = await recover([source(lying, 'liar'), await mirrorOf(whole, 'truth')]);
    expect(report.taken).toEqual({ truth: SIZE });
    await assertHealed();
  });

  it('a mirror whose checkpoint is of another key does not matter', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    const stranger = new FaultyFiles({ disk: whole });
    stranger.tamper('checkpoint', flip(70));
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
    await putHeadOf(whole);
    expect(await refusal(mirrors)).toMatchObject({ code });
  });

  it('nobody who answers', async () => {
    await putHeadOf(whole);
    const silent = { name: 'silent', read: filesSource(deadDisk(), 'silent').read };
    expect(await refusal([silent])).toMatchObject({
      code: 'MIRROR_UNREACHABLE',
    });
  });
});

function lyingCopy(): FaultyFiles {
  const lying = new FaultyFiles({ disk: whole });
  lying.tamper('tile/entries/000', flip(4));
  return lying;
}

function deadDisk(): FaultyFiles {
  const dead = new FaultyFiles({ disk: whole, faultAt: 0, fault: 'killed-before-sync' });
  dead.sync('head').catch(() => undefined);
  return dead;
}

describe('a process that ends while folders change places', async () => {
  const steps: string[] = [];

  it('leaves a log that nobody opens, or a healed one; and the next recovery finishes, with every part kept', async () => {
    // Entries that nobody but the damaged log has must survive every cut.
    const mirror = await mirrorOf(older);
    const damage = async () => {
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
        await expect(openGrownLog(at()), steps[cut]).rejects.toMatchObject({ code: 'LOG_FORMAT' });
      await recover([mirror]);
      await assertHealed();
    }
  });
});
