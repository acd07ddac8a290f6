// SPDX-License-Identifier: Apache-2.0
/** Another hand at the files: whatever is changed, fsck says which kind of part and where, and the log refuses to open where it must. */
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { concatBytes } from '../codec/bytes.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { fsck } from './fsck.ts';
import { openLog } from './log.ts';
import { encodeFrames, scanSegment } from './segment.ts';
import { FaultyFiles } from './testing/faulty-files.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const open = (files: FaultyFiles, name = 'log.example') =>
  openLog({
    directory: '',
    name,
    key: privateKey,
    files,
    onFatal: () => undefined,
    schedule: () => () => undefined,
    segmentMaxBytes: 8192,
  });
const flip =
  (at: number) =>
  (bytes: Uint8Array): Uint8Array =>
    bytes.map((byte, i) => (i === (at < 0 ? bytes.length + at : at) ? byte ^ 1 : byte));

let files: FaultyFiles;
let older: FaultyFiles;
beforeEach(async () => {
  files = new FaultyFiles();
  const log = await open(files);
  for (const [from, count] of [
    [0, 260],
    [260, 240],
  ] as const) {
    await log.append(
      Array.from({ length: count }, (_, i) => ({
        outbox: from + i,
        entry: Buffer.from(`entry ${from + i}`.padEnd(20)),
      })),
    );
    await log.publish();
    if (from === 0) older = new FaultyFiles({ disk: files });
  }
});

async function damage(vkey?: string): Promise<{ kind: string; place: string }> {
  const { damage } = await fsck(files, nodeCrypto, vkey);
  expect(damage.length).toBeGreaterThan(0);
  return damage[0]!;
}

describe('fsck names kind and place', () => {
  it('of nothing in a log that is whole', async () => {
    expect(await fsck(files, nodeCrypto)).toMatchObject({ damage: [], head: { size: 500 }, sequenced: 500 });
  });

  it('of a flipped byte in a frame', async () => {
    // Frames of 36 bytes after 8 bytes of magic: byte 400 is in entry 10.
    files.tamper('segment/0000000000000000', flip(400));
    const { kind, place } = await damage();
    expect(kind).toBe('segment');
    expect(place).toContain('segment/0000000000000000: frame at byte 368, entry 10');
    await expect(open(files)).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
  });

  it('of a frame that was forged with a right checksum', async () => {
    files.tamper('segment/0000000000000000', (bytes) => {
      const { entries } = scanSegment(bytes);
      const forged = entries.map((e, i) => (i === 10 ? { ...e, entry: Buffer.from('forged'.padEnd(20)) } : e));
      return concatBytes(bytes.subarray(0, 8), encodeFrames(forged));
    });
    expect(await damage()).toMatchObject({ kind: 'segment', place: expect.stringContaining('entry 10 ') });
  });

  it('of a flipped byte in the last bundle of frames, forged as well: the log does not open', async () => {
    const last = files.paths().findLast((path) => path.startsWith('segment/'))!;
    files.tamper(last, (bytes) => {
      const { entries } = scanSegment(bytes);
      return concatBytes(
        bytes.subarray(0, 8),
        encodeFrames(
          entries.map((e, i) => (i === entries.length - 1 ? { ...e, entry: e.entry.map((b) => b ^ 1) } : e)),
        ),
      );
    });
    await expect(open(files)).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
    expect((await damage()).kind).toBe('segment');
  });

  it.each([
    ['tile', 'tile/0/000', 33],
    ['tile', 'tile/0/001.p/244', 100],
    ['tile', 'tile/1/000.p/1', 0],
    ['entries', 'tile/entries/000', 50],
    ['entries', 'tile/entries/001.p/244', 50],
    ['tile', 'tile/0/001.p/4', 5],
    ['entries', 'tile/entries/001.p/4', 5],
  ])('of a flipped byte in a %s: %s', async (kind, path, at) => {
    files.tamper(path, flip(at));
    expect(await damage()).toMatchObject({ kind, place: expect.stringContaining(path) });
  });

  it.each(['tile/0/000', 'tile/entries/000'])('of a missing file: %s', async (path) => {
    files.tamper(path, () => undefined);
    expect((await damage()).place).toContain(path);
  });

  it('of any flipped byte in head and checkpoint', async () => {
    for (const path of ['head', 'checkpoint'] as const) {
      const length = (await files.read(path))!.length;
      for (let at = 0; at < length; at += 3) {
        files.tamper(path, flip(at));
        expect(await damage()).toMatchObject({ kind: path });
        await expect(open(files)).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
        files.tamper(path, flip(at));
      }
    }
    expect((await fsck(files, nodeCrypto)).damage).toEqual([]);
  });

  it('of what was anchored: of another tree, or newer than the head', async () => {
    await files.writeAtomic('anchored', (await older.read('head'))!);
    expect((await fsck(files, nodeCrypto)).damage).toEqual([]);
    files.tamper('anchored', flip(20));
    expect(await damage()).toMatchObject({ kind: 'checkpoint', place: expect.stringContaining('anchored') });
    const newer = (await files.read('head'))!;
    files.tamper('anchored', () => newer);
    for (const path of ['head', 'checkpoint']) {
      const old = (await older.read(path))!;
      files.tamper(path, () => old);
    }
    expect(await damage()).toMatchObject({ kind: 'checkpoint', place: expect.stringContaining('anchored') });
  });

  it('of a segment that is missing or cut short', async () => {
    const [first, second] = files.paths().filter((path) => path.startsWith('segment/'));
    files.tamper(second!, (bytes) => bytes.subarray(0, bytes.length - 1));
    expect((await damage()).kind).toBe('segment');
    files.tamper(first!, () => undefined);
    expect((await damage()).place).toContain('entry 0 is missing');
  });

  it('of an old head put back (the checkpoint is newer)', async () => {
    const old = (await older.read('head'))!;
    files.tamper('head', () => old);
    expect((await damage()).kind).toBe('checkpoint');
    await expect(open(files)).rejects.toMatchObject({ code: 'LOG_ROLLED_BACK' });
  });

  it('of segments put back to an older state under a newer head', async () => {
    for (const path of files.paths().filter((p) => p.startsWith('segment/'))) {
      const old = await older.read(path);
      files.tamper(path, () => old);
    }
    expect((await damage()).kind).toBe('segment');
    await expect(open(files)).rejects.toMatchObject({ code: 'LOG_ROLLED_BACK' });
  });

  it('of a log that is another one than the auditor knows', async () => {
    const other = await open(new FaultyFiles(), 'other.example');
    expect((await damage(other.vkey)).kind).toBe('format');
    files.tamper('format', flip(-3));
    expect((await damage()).kind).toBe('format');
  });
});
