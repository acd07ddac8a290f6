// SPDX-License-Identifier: Apache-2.0
/** The anchor follower over a real log on disk and a real outbox: nothing twice, nothing out of step, no history but its own. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLog, sha256 } from '../../ledger/index.ts';
import { noFaultPoints } from '../fault-point.ts';
import { openJournalDatabase } from '../journal/journal-database.ts';
import { OutboxStore } from '../record/outbox-store.ts';
import { HeldTimers, settled } from '../testing/held-timers.ts';
import { LOG_ROOM_BYTES, openAnchorWork } from './anchor-work.ts';

const key = generateKeyPairSync('ed25519').privateKey;
const entryOf = (text: string) => Buffer.from(sha256(Buffer.from(text)));
const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

async function open(texts: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'lamplight-anchor-'));
  directories.push(directory);
  const log = await openLog({ directory, name: 'anchor', key, onFatal: () => {}, checkpointIntervalMs: 2 ** 30 });
  const outbox = new OutboxStore(openJournalDatabase(':memory:'));
  for (const text of texts) outbox.addEntry(entryOf(text));
  const timers = new HeldTimers();
  const sequenced: number[] = [];
  const lost: number[] = [];
  const disk = { freeBytes: LOG_ROOM_BYTES };
  const deps = {
    log,
    outbox,
    timers,
    checkpointIntervalMs: 1000,
    passFaultPoint: noFaultPoints,
    freeBytes: async () => disk.freeBytes,
    onLogCut: (entries: number) => lost.push(entries),
    sequenced: async (upTo: number) => {
      sequenced.push(upTo);
      outbox.markSequenced(upTo);
    },
  };
  const sizeOfCheckpoint = () => /\n(\d+)\n/.exec(log.checkpoint() ?? '')?.[1];
  return { log, outbox, timers, sequenced, lost, disk, deps, sizeOfCheckpoint, work: () => openAnchorWork(deps) };
}
const ROLLED_BACK = expect.objectContaining({ code: 'JOURNAL_ROLLED_BACK' });

describe('the anchor follower', () => {
  it('appends what waits, in order, and moves its cursor only under a published head', async () => {
    const { log, outbox, sequenced, sizeOfCheckpoint, work } = await open(['a', 'b']);
    const { sendOldest } = await work();
    expect(await sendOldest()).toBe(2);
    expect([await log.entry(0), await log.entry(1)].map(Buffer.from)).toEqual([entryOf('a'), entryOf('b')]);
    expect([sequenced, sizeOfCheckpoint(), outbox.waiting().unsequenced]).toEqual([[], undefined, 2]);
    expect(await sendOldest()).toBe(1);
    expect([sequenced, sizeOfCheckpoint(), outbox.waiting().unsequenced]).toEqual([[2], '2', 0]);
    expect(await sendOldest()).toBe(0);
  });

  it('publishes at most once an interval', async () => {
    const { outbox, timers, sequenced, work } = await open(['a']);
    const { sendOldest } = await work();
    await sendOldest();
    await sendOldest();
    outbox.addEntry(entryOf('b'));
    await sendOldest();
    const published = sendOldest();
    await timers.advance(999);
    expect(sequenced).toEqual([1]);
    await timers.advance(1);
    await published;
    expect(sequenced).toEqual([1, 2]);
  });

  it('appends nothing twice after a crash between append and cursor', async () => {
    const { log, outbox, sequenced, work } = await open(['a', 'b']);
    await (await work()).sendOldest();
    outbox.addEntry(entryOf('c'));
    const { sendOldest } = await work();
    expect(await sendOldest()).toBe(1);
    expect([log.size, log.highestOutbox]).toEqual([3, 3]);
    await sendOldest();
    expect(sequenced).toEqual([3]);
  });

  it('moves the cursor after a crash between head and cursor, though nothing is new', async () => {
    const { log, sequenced, work } = await open(['a']);
    await log.append([{ outbox: 1, entry: entryOf('a') }]);
    await log.publish();
    const { sendOldest } = await work();
    expect([await sendOldest(), await sendOldest()]).toEqual([1, 0]);
    expect(sequenced).toEqual([1]);
  });

  it('tries the cursor again when the journal does not take it', async () => {
    const { deps, sequenced, work } = await open(['a']);
    const { sequenced: take } = deps;
    deps.sequenced = () => Promise.reject(new Error('no room'));
    const { sendOldest } = await work();
    await sendOldest();
    await expect(sendOldest()).rejects.toThrow('no room');
    deps.sequenced = take;
    const again = sendOldest();
    await settled();
    await (deps.timers as HeldTimers).advance(1000);
    expect(await again).toBe(1);
    expect(sequenced).toEqual([1]);
  });

  it('writes neither entries nor a head where there is no room for the log, and goes on when there is', async () => {
    const { log, outbox, disk, sequenced, work } = await open(['a']);
    const { sendOldest } = await work();
    disk.freeBytes -= 1;
    await expect(sendOldest()).rejects.toMatchObject({ code: 'LOG_NO_ROOM', class: 'transient' });
    expect([log.size, outbox.waiting().unsequenced]).toEqual([0, 1]);
    disk.freeBytes += 1;
    expect(await sendOldest()).toBe(1);
    disk.freeBytes -= 1;
    await expect(sendOldest()).rejects.toMatchObject({ code: 'LOG_NO_ROOM' });
    expect([log.publishedSize, sequenced]).toEqual([0, []]);
    disk.freeBytes += 1;
    expect([await sendOldest(), log.publishedSize, sequenced]).toEqual([1, 1, [1]]);
  });

  it('does not start when the log holds more than the outbox ever had', async () => {
    const { log, work } = await open(['a']);
    await log.append([
      { outbox: 1, entry: entryOf('a') },
      { outbox: 2, entry: entryOf('b') },
    ]);
    await expect(work()).rejects.toEqual(ROLLED_BACK);
  });

  it('does not start either when an older journal has filled up with other entries under the same numbers', async () => {
    const { log, outbox, work } = await open(['a', 'b', 'sealed anew']);
    const history = ['a', 'b', 'c'].map((text, i) => ({ outbox: i + 1, entry: entryOf(text) }));
    await log.append(history);
    outbox.markSequenced(1);
    await expect(work()).rejects.toEqual(ROLLED_BACK);
    outbox.addEntry(entryOf('more'));
    await expect(work()).rejects.toEqual(ROLLED_BACK);
  });

  it('gives a log that was cut, or taken away, the very entries it had, and says how many', async () => {
    const whole = await open(['a', 'b', 'c']);
    const { sendOldest } = await whole.work();
    await sendOldest();
    await sendOldest();
    expect(whole.lost).toEqual([]);
    for (const kept of [0, 1]) {
      const cut = await open(['a', 'b', 'c']);
      if (kept > 0) await cut.log.append([{ outbox: 1, entry: entryOf('a') }]);
      cut.outbox.markSequenced(3);
      cut.outbox.addEntry(entryOf('d'));
      const again = await cut.work();
      expect(cut.lost).toEqual([3 - kept]);
      expect(await again.sendOldest()).toBe(4 - kept);
      for (const [i, text] of ['a', 'b', 'c', 'd'].entries())
        expect(Buffer.from(await cut.log.entry(i))).toEqual(entryOf(text));
      await again.sendOldest();
      expect(cut.sequenced).toEqual([4]);
    }
  });

  it('stops when log and outbox count differently', async () => {
    const { log, outbox, work } = await open([]);
    const { sendOldest } = await work();
    await log.append([{ outbox: 0, entry: entryOf('not of this outbox') }]);
    outbox.addEntry(entryOf('a'));
    // And again: what stood in a wrong place once would be signed there.
    for (let i = 0; i < 2; i++) await expect(sendOldest()).rejects.toMatchObject({ code: 'LOG_OUT_OF_STEP' });
    expect([log.size, log.checkpoint()]).toEqual([1, undefined]);
  });
});
