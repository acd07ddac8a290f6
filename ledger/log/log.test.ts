// SPDX-License-Identifier: Apache-2.0
/** The log in ordinary life: sequencing, publishing, proofs, reopening, and what it refuses. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ed25519PublicKey } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { leafHash } from '../merkle/hash.ts';
import { MemoryTree } from '../merkle/memory-tree.ts';
import { verifyConsistency, verifyInclusion } from '../merkle/verify.ts';
import { openCheckpoint } from './checkpoint.ts';
import { ledgerFsck, ledgerHead } from './cli.ts';
import { NodeFiles } from './files.ts';
import { fsck } from './fsck.ts';
import { openLog } from './log.ts';
import { verifierKey } from './note.ts';
import type { LogEntry } from './segment.ts';
import { FaultyFiles } from './testing/faulty-files.ts';

const { sha256 } = nodeCrypto;
const { privateKey } = generateKeyPairSync('ed25519');
const NAME = 'gateway.example/log';
const entriesFrom = (from: number, count: number): LogEntry[] =>
  Array.from({ length: count }, (_, i) => ({ outbox: 10 * (from + i), entry: Buffer.from(`entry ${from + i}`) }));
const leaves = (count: number): Uint8Array[] => entriesFrom(0, count).map(({ entry }) => leafHash(sha256, entry));

async function open(files: FaultyFiles | NodeFiles, over: Partial<Parameters<typeof openLog>[0]> = {}) {
  const fatal: string[] = [];
  const onFatal = (error: { code: string }): void => void fatal.push(error.code);
  const timers: (() => void)[] = [];
  const schedule = (task: () => void): (() => void) => {
    timers.push(task);
    return () => undefined;
  };
  const log = await openLog({
    directory: '',
    name: NAME,
    key: privateKey,
    files,
    onFatal,
    schedule,
    segmentMaxBytes: 4096,
    ...over,
  });
  return { log, fatal, timers };
}

describe('a log', () => {
  it('sequences, publishes, proves, and is the same after reopening, at sizes around full tiles', async () => {
    const files = new FaultyFiles();
    const key = verifierKey(NAME, ed25519PublicKey(privateKey), sha256);
    let before: { size: number; root: Uint8Array } | undefined;
    let size = 0;
    for (const grow of [0, 1, 254, 1, 1, 255, 300, 700]) {
      const { log } = await open(files);
      expect([log.size, log.highestOutbox]).toEqual([size, size === 0 ? -1 : 10 * (size - 1)]);
      const sequenced = await log.append(entriesFrom(size, grow));
      expect(sequenced.map(({ index }) => index)).toEqual(entriesFrom(size, grow).map((_, i) => size + i));
      size += grow;
      const note = await log.publish();
      expect(log.checkpoint()).toBe(note);
      const checkpoint = openCheckpoint(note, key, nodeCrypto);
      expect(checkpoint.root).toEqual(Uint8Array.from(new MemoryTree(sha256, leaves(size)).root()));
      for (const index of [0, size - 2, size - 1].filter((i) => i >= 0 && i < size)) {
        const claim = { leafHash: leaves(size)[index]!, index, size, root: checkpoint.root };
        expect(verifyInclusion(sha256, { ...claim, proof: await log.inclusionProof(index, size) })).toBe(true);
        expect(Buffer.from(await log.entry(index)).toString()).toBe(`entry ${index}`);
      }
      const all: string[] = [];
      while (all.length < size)
        all.push(...(await log.entriesFrom(all.length)).map((entry) => Buffer.from(entry).toString()));
      expect(all).toEqual(entriesFrom(0, size).map((_, i) => `entry ${i}`));
      if (before && before.size > 0) {
        const claim = { from: before.size, to: size, fromRoot: before.root, toRoot: checkpoint.root };
        expect(verifyConsistency(sha256, { ...claim, proof: await log.consistencyProof(before.size, size) })).toBe(
          true,
        );
      }
      before = checkpoint;
      await log[Symbol.asyncDispose]();
      expect((await fsck(files, nodeCrypto)).damage).toEqual([]);
    }
  });

  it('shares one sync among concurrent appends, and one checkpoint a second among all', async () => {
    const files = new FaultyFiles();
    const { log, timers } = await open(files);
    await Promise.all(entriesFrom(0, 50).map((entry) => log.append([entry])));
    expect(files.steps.filter((step) => step.startsWith('append'))).toHaveLength(1);
    expect(timers).toHaveLength(1);
    timers[0]!();
    await log.publish();
    expect(log.counters()).toMatchObject({ groups: 1, entries: 50, publishes: 1 });
  });

  it('writes full tiles ahead of the head, reads from them, and publishes only what is left', async () => {
    const files = new FaultyFiles();
    const { log } = await open(files, { aheadEntries: 500 });
    await log.append(entriesFrom(0, 400));
    await log.append(entriesFrom(400, 200));
    await new Promise((resolve) => setImmediate(resolve));
    expect(files.paths().filter((path) => path.startsWith('tile'))).toEqual([
      'tile/0/000',
      'tile/0/001',
      'tile/entries/000',
      'tile/entries/001',
    ]);
    expect(log.publishedSize).toBe(0);
    for (const index of [0, 255, 256, 511, 512, 599]) {
      expect(Buffer.from(await log.entry(index)).toString()).toBe(`entry ${index}`);
      expect(Buffer.from((await log.entriesFrom(index))[0]!).toString()).toBe(`entry ${index}`);
    }
    const before = files.steps.length;
    await log.publish();
    expect(files.steps.slice(before).filter((step) => step.startsWith('writeAtomic'))).toEqual([
      'writeAtomic tile/0/002.p/88',
      'writeAtomic tile/1/000.p/2',
      'writeAtomic tile/entries/002.p/88',
      'writeAtomic head',
      'writeAtomic checkpoint',
    ]);
    expect((await fsck(files, nodeCrypto)).damage).toEqual([]);
  });

  it('holds appends up while twice as much waits for its tiles, and no longer', async () => {
    const files = new FaultyFiles();
    const { log } = await open(files, { aheadEntries: 500 });
    const held: (() => void)[] = [];
    const writeAll = files.writeAll.bind(files);
    files.writeAll = async (news) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await writeAll(news);
    };
    await log.append(entriesFrom(0, 600));
    await log.append(entriesFrom(600, 500));
    let appended = false;
    const more = log.append(entriesFrom(1100, 1)).then(() => {
      appended = true;
    });
    await expect.poll(() => held).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(appended).toBe(false);
    held[0]!();
    await more;
    expect(log.counters()).toMatchObject({ heldForTiles: 1, entries: 1101 });
    await expect.poll(() => held).toHaveLength(2);
    held[1]!();
  });

  it('never lets a signature out before the head is durable', async () => {
    const files = new FaultyFiles();
    const { log } = await open(files);
    await log.append(entriesFrom(0, 3));
    expect(log.checkpoint()).toBeUndefined();
    await log.publish();
    const order = files.steps
      .map((step) => step.split(' ')[1])
      .filter((path) => path !== undefined && !path.startsWith('segment'));
    expect(order).toEqual([
      'format',
      'tile/0/000.p/3',
      'tile/entries/000.p/3',
      'tile/0/000.p',
      'tile/entries/000.p',
      'head',
      'checkpoint',
    ]);
  });

  it('publishes what was only sequenced when it is opened again', async () => {
    const files = new FaultyFiles();
    await (await open(files)).log.append(entriesFrom(0, 5));
    const { log, timers } = await open(files);
    expect([log.size, log.highestOutbox, timers.length]).toEqual([5, 40, 1]);
    expect(await log.publish()).toContain(`${NAME}\n5\n`);
  });

  it('removes partial tiles only once the full one is under a head', async () => {
    const files = new FaultyFiles();
    const { log } = await open(files);
    await log.append(entriesFrom(0, 255));
    await log.publish();
    expect(files.paths()).toContain('tile/0/000.p/255');
    await log.append(entriesFrom(255, 2));
    await log.publish();
    expect(files.paths().filter((path) => path.startsWith('tile/'))).toEqual([
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
      'tile/entries/000',
      'tile/entries/001.p/1',
    ]);
  });
});

describe('a failed step', () => {
  it('in the background reaches the owner, once, and stops the log', async () => {
    const files = new FaultyFiles({ faultAt: 7, fault: 'fails' });
    const { log, fatal, timers } = await open(files);
    await log.append(entriesFrom(0, 3));
    timers[0]!();
    await expect(log.publish()).rejects.toMatchObject({ code: 'LOG_WRITE_FAILED' });
    expect(files.steps.at(-1)).toBe('writeAtomic head');
    await expect(log.append(entriesFrom(3, 1))).rejects.toMatchObject({ code: 'LOG_WRITE_FAILED' });
    await expect(log.publish()).rejects.toMatchObject({ code: 'LOG_WRITE_FAILED' });
    await log[Symbol.asyncDispose]();
    expect([fatal, log.checkpoint(), files.steps.at(-1)]).toEqual([['LOG_WRITE_FAILED'], undefined, 'close']);
  });

  it('of an append reaches everyone who waits, and takes no step more', async () => {
    const files = new FaultyFiles({ faultAt: 2, fault: 'fails' });
    const { log, fatal } = await open(files);
    const waiting = entriesFrom(0, 3).map((entry) => log.append([entry]));
    for (const { status, reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
      expect([status, reason.code]).toEqual(['rejected', 'LOG_WRITE_FAILED']);
    }
    expect([fatal.length, log.size, log.highestOutbox, files.steps.length]).toEqual([1, 0, -1, 3]);
  });
});

describe('a log refuses', () => {
  it('outbox numbers it has, also of appends under way, and leaves no trace of them', async () => {
    const { log } = await open(new FaultyFiles());
    const first = log.append(entriesFrom(0, 2));
    await expect(log.append(entriesFrom(1, 1))).rejects.toMatchObject({ code: 'LOG_OUTBOX_REPEATED' });
    await expect(log.append(entriesFrom(2, 2).reverse())).rejects.toMatchObject({ code: 'LOG_OUTBOX_REPEATED' });
    await first;
    expect((await log.append(entriesFrom(2, 1)))[0]!.index).toBe(2);
  });

  it('entries too large for a bundle, and more than may wait', async () => {
    const { log } = await open(new FaultyFiles());
    await expect(log.append([{ outbox: 1, entry: new Uint8Array(65_536) }])).rejects.toMatchObject({
      code: 'LOG_ENTRY_SIZE',
    });
    const large = Array.from({ length: 130 }, (_, i) => ({ outbox: i, entry: new Uint8Array(65_535) }));
    await expect(log.append(large)).rejects.toMatchObject({ code: 'LOG_BUSY' });
    expect(log.counters()['refusedBusy']).toBe(1);
    expect(await log.append(large.slice(0, 2))).toHaveLength(2);
  });

  it('proofs beyond its head, and any work after it was closed', async () => {
    const { log } = await open(new FaultyFiles());
    await log.append(entriesFrom(0, 2));
    await expect(log.inclusionProof(0, 2)).rejects.toMatchObject({ code: 'LOG_RANGE' });
    await expect(log.consistencyProof(0, 0)).rejects.toMatchObject({ code: 'LOG_RANGE' });
    await expect(log.entry(2)).rejects.toMatchObject({ code: 'LOG_RANGE' });
    await log[Symbol.asyncDispose]();
    await expect(log.append(entriesFrom(2, 1))).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    await expect(log.publish()).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    expect(log.checkpoint()).toContain('\n2\n');
  });

  it('to open under another name or key', async () => {
    const files = new FaultyFiles();
    await open(files);
    await expect(open(files, { name: 'other.example' })).rejects.toMatchObject({ code: 'LOG_KEY_DIFFERS' });
    const other = createPrivateKey(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await expect(open(files, { key: other })).rejects.toMatchObject({ code: 'LOG_KEY_DIFFERS' });
  });
});

describe('on a real disk', () => {
  let data = '';
  afterEach(() => rm(data, { recursive: true, force: true }));

  it('keeps everything over reopening, and head and fsck tell of it', async () => {
    data = await mkdtemp(join(tmpdir(), 'lamplight-log-'));
    for (const from of [0, 300]) {
      const { log } = await open(new NodeFiles(join(data, 'log')));
      await Promise.all(entriesFrom(from, 300).map((entry) => log.append([entry])));
      await log[Symbol.asyncDispose]();
    }
    const lines: string[] = [];
    const io = {
      stdout: { write: (text: string) => lines.push(text) },
      stderr: { write: (text: string) => lines.push(text) },
    };
    expect(await ledgerHead(['--data', data], io)).toBe(0);
    expect(await ledgerFsck(['--data', data], io)).toBe(0);
    expect(await ledgerFsck(['--data', data, '--json'], io)).toBe(0);
    expect(lines[0]).toContain('size  600');
    expect(lines[1]).toContain('clean: 600 entries');
    expect(JSON.parse(lines[2]!)).toMatchObject({ clean: true, sequenced: 600 });
    await truncate(join(data, 'log/tile/0/000'), 100);
    expect(await ledgerFsck(['--data', data], io)).toBe(1);
    expect(lines[3]).toContain('DAMAGED tile: tile/0/000: byte 100');
    await expect(ledgerHead(['--data', join(data, 'nowhere')], io)).rejects.toMatchObject({ code: 'LOG_FORMAT' });
  });
});
