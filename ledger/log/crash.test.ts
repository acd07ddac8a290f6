// SPDX-License-Identifier: Apache-2.0
/**
 * The storage fault list: every durable step of a log's life x {fails, fails but persisted, killed before its sync, power cut after n
 * bytes}, then a power cut or a restart, then the rest of the work. Nothing acknowledged may be lost or stand twice, no signed tree may
 * contradict another, and fsck must be clean. Disks that lie must be caught by the same checks.
 */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { leafHash } from '../merkle/hash.ts';
import { MemoryTree } from '../merkle/memory-tree.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { fsck } from './fsck.ts';
import { type Log, openLog } from './log.ts';
import { parseNote } from './note.ts';
import { type Fault, FaultyFiles, type FaultyOptions } from './testing/faulty-files.ts';

const { sha256 } = nodeCrypto;
const { privateKey } = generateKeyPairSync('ed25519');
const TOTAL = 300;
const ALL = Array.from({ length: TOTAL }, (_, outbox) => ({
  outbox,
  entry: new TextEncoder().encode(`entry ${outbox} ${'x'.repeat(outbox % 40)}`),
}));
/** Appends after which a checkpoint is published; they cross several segments, and a full tile ahead of its head and beside an append. */
const PLAN: readonly { readonly upTo: number; readonly publish: boolean }[] = [
  { upTo: 1, publish: true },
  { upTo: 120, publish: false },
  { upTo: 255, publish: true },
  { upTo: 257, publish: false },
  { upTo: 259, publish: true },
  { upTo: TOTAL, publish: false },
];
const FAULTS: readonly Fault[] = [
  'fails',
  'fails-but-persisted',
  'killed-before-sync',
  ...[0, 1, 17, 400].map((powerCutAfterBytes) => ({ powerCutAfterBytes })),
];

/** What the outside world has been told. */
interface Told {
  acknowledged: number;
  readonly notes: string[];
}

async function open(files: FaultyFiles): Promise<Log> {
  const schedule = (): (() => void) => () => undefined;
  return openLog({
    directory: '',
    name: 'log.example',
    key: privateKey,
    files,
    onFatal: () => undefined,
    schedule,
    segmentMaxBytes: 2048,
    aheadEntries: 2,
  });
}

/** The caller: resumes after the highest outbox number, and does the rest of the plan. */
async function work(files: FaultyFiles, told: Told): Promise<void> {
  const log = await open(files);
  const note = log.checkpoint();
  if (note) told.notes.push(note);
  for (const { upTo, publish } of PLAN) {
    const rest = ALL.slice(log.highestOutbox + 1, upTo);
    const middle = Math.ceil(rest.length / 2);
    for (const part of [rest.slice(0, middle), rest.slice(middle)].filter((part) => part.length > 0)) {
      const sequenced = await log.append(part);
      expect(sequenced.map(({ index }) => index)).toEqual(part.map(({ outbox }) => outbox));
      told.acknowledged = part.at(-1)!.outbox + 1;
    }
    if (publish) told.notes.push(await log.publish());
  }
  await log[Symbol.asyncDispose]();
  told.notes.push(log.checkpoint()!);
}

/** Works until the injected fault, if there is one. */
async function workUntilFault(options: FaultyOptions): Promise<{ files: FaultyFiles; told: Told }> {
  const files = new FaultyFiles(options);
  const told: Told = { acknowledged: 0, notes: [] };
  const died = await work(files, told).then(
    () => false,
    () => true,
  );
  expect(died).toBe(options.fault !== undefined);
  return { files, told };
}

const LEAVES = ALL.map(({ entry }) => leafHash(sha256, entry));
const ROOTS = Array.from({ length: TOTAL + 1 }, (_, size) =>
  Uint8Array.from(new MemoryTree(sha256, LEAVES.slice(0, size)).root()),
);

/** Reopens, checks that nothing acknowledged is lost, finishes the work, and checks everything that was ever signed. */
async function checkAfter(disk: FaultyFiles, told: Told): Promise<void> {
  const log = await open(disk);
  expect(log.size).toBe(log.highestOutbox + 1);
  expect(log.size).toBeGreaterThanOrEqual(told.acknowledged);
  for (let i = 0; i < told.acknowledged; i += 37) expect(await log.entry(i)).toEqual(ALL[i]!.entry);
  const finished: Told = { acknowledged: 0, notes: [...told.notes] };
  const files = new FaultyFiles({ disk });
  await work(files, finished);
  for (const note of finished.notes) {
    const { size, root } = parseCheckpoint(parseNote(note).text);
    expect(root).toEqual(ROOTS[size]);
  }
  expect(await fsck(files, nodeCrypto)).toMatchObject({ damage: [], sequenced: TOTAL, head: { size: TOTAL } });
}

describe('the storage fault list', async () => {
  const { files } = await workUntilFault({});
  const steps = files.steps.slice(0, -1);

  it('covers every kind of step', () => {
    const kinds = [
      'append segment',
      'writeAtomic segment',
      'writeAtomic tile/0',
      'writeAtomic tile/entries',
      'syncFolder tile/0',
      'syncFolder tile/entries',
      'writeAtomic head',
      'writeAtomic checkpoint',
      'writeAtomic format',
      'remove tile',
    ];
    for (const kind of kinds)
      expect(
        steps.some((step) => step.startsWith(kind)),
        kind,
      ).toBe(true);
  });

  it('has full tiles written ahead of their head', () => {
    const full = steps.indexOf('writeAtomic tile/0/000');
    const untilHead = steps.slice(full, steps.indexOf('writeAtomic head', full));
    expect(untilHead.some((step) => step.startsWith('append'))).toBe(true);
  });

  describe.each(FAULTS.map((fault) => [JSON.stringify(fault), fault] as const))('%s', (_, fault) => {
    it.each(steps.map((step, at) => [step, at] as const))('at %s (step %i)', async (_, faultAt) => {
      const { files, told } = await workUntilFault({ faultAt, fault });
      await checkAfter(new FaultyFiles({ disk: files }), told);
      await checkAfter(files.powerCut(), told);
      // A restart that publishes what the killed process had only half made durable, and then loses power as well.
      const restarted = new FaultyFiles({ disk: files });
      await work(restarted, told);
      await checkAfter(restarted.powerCut(), told);
    });
  });

  it('covers faults of the recovery itself: a torn tail is cut, whatever happens meanwhile', async () => {
    const torn = await workUntilFault({
      faultAt: steps.findLastIndex((s) => s.startsWith('append')),
      fault: { powerCutAfterBytes: 100 },
    });
    const recovery = new FaultyFiles({ disk: torn.files });
    await open(recovery);
    expect(recovery.steps.some((step) => step.startsWith('truncate'))).toBe(true);
    for (const fault of FAULTS) {
      for (const faultAt of recovery.steps.keys()) {
        const again = new FaultyFiles({ disk: torn.files, faultAt, fault });
        await expect(open(again)).rejects.toThrow('injected');
        await checkAfter(new FaultyFiles({ disk: again }), torn.told);
        await checkAfter(again.powerCut(), torn.told);
      }
    }
  });
});

describe('a disk that lies is caught', () => {
  it('and an honest one is not', async () => {
    const { files, told } = await workUntilFault({});
    await checkAfter(files.powerCut(), told);
  });

  it.each([
    ['appends', (step: string) => step.startsWith('append')],
    ['heads', (step: string) => step === 'writeAtomic head'],
    ['tiles', (step: string) => step.startsWith('writeAtomic tile')],
    ['the names of tiles', (step: string) => step.startsWith('syncFolder tile')],
  ])('about %s', async (_, lies) => {
    const { files, told } = await workUntilFault({ lies });
    await expect(checkAfter(files.powerCut(), told)).rejects.toThrow();
  });

  it('about the sync of what a killed process left', async () => {
    const caught = [];
    const { files: healthy } = await workUntilFault({});
    for (const faultAt of healthy.steps.slice(0, -1).keys()) {
      const { files, told } = await workUntilFault({ faultAt, fault: 'killed-before-sync' });
      const restarted = new FaultyFiles({ disk: files, lies: (step) => step.startsWith('sync') });
      await work(restarted, told);
      await checkAfter(restarted.powerCut(), told).catch(() => caught.push(faultAt));
    }
    expect(caught.length).toBeGreaterThan(3);
  });
});
