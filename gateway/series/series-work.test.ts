// SPDX-License-Identifier: Apache-2.0
/** The series follower into the embedded store: the same point twice is one, and what conflicts does not stop the rest. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFaultPoints } from '../fault-point.ts';
import { RecorderBench, reading } from '../record/testing/recorder-bench.ts';
import { SeriesStore } from './series-store.ts';
import { seriesWork } from './series-work.ts';

let directory = '';
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-series-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(batches: number) {
  const bench = new RecorderBench({ batchMaxReadings: 1 });
  await bench.take(
    1,
    Array.from({ length: batches }, (_, i) => reading(i)),
  );
  const path = join(directory, `${++files}.db`);
  const store = new SeriesStore(path);
  const setAside: [string, number][] = [];
  const deps = {
    outbox: bench.outbox,
    write: (points: Parameters<SeriesStore['write']>[0]) => store.write(points),
    settled: async (stored: readonly number[], aside: readonly number[]) => {
      bench.outbox.markStored(stored);
      bench.outbox.markSetAside(aside);
    },
    passFaultPoint: noFaultPoints,
    onSetAside: (why: string, count: number) => void setAside.push([why, count]),
  };
  const points = bench.outbox.unstored(10_000, 1 << 30);
  const held = async () => {
    const found = await store.read(points[0]!, 0, 10_000);
    return [...found]
      .sort(([a], [b]) => a - b)
      .map(([number, envelope]) => [number, Buffer.from(envelope).toString('hex')]);
  };
  const sent = points.map(({ number, envelope }) => [number, Buffer.from(envelope).toString('hex')]);
  return { bench, path, store, deps, points, held, sent, setAside, work: seriesWork(deps) };
}

describe('the series follower', () => {
  it('sends what waits, at most 64 batches at once, byte for byte, until nothing does', async () => {
    const { work, held, sent } = await open(70);
    expect([await work.sendOldest(), await work.sendOldest(), await work.sendOldest()]).toEqual([64, 6, 0]);
    expect(await held()).toEqual(sent);
  });

  it('sends again after a crash between store and cursor, and no point stands twice', async () => {
    const { work, deps, held, sent } = await open(3);
    const settled = deps.settled;
    deps.settled = () => Promise.reject(new Error('killed'));
    await expect(work.sendOldest()).rejects.toThrow('killed');
    deps.settled = settled;
    expect(await work.sendOldest()).toBe(3);
    expect(await held()).toEqual(sent);
  });

  it('moves no cursor when the store is down, and sends the same later', async () => {
    const { bench, work, deps, held, sent } = await open(2);
    const write = deps.write;
    deps.write = () => Promise.reject(new Error('down'));
    await expect(work.sendOldest()).rejects.toThrow('down');
    expect(bench.outbox.waiting().unstored).toBe(2);
    deps.write = write;
    expect(await work.sendOldest()).toBe(2);
    expect(await held()).toEqual(sent);
  });

  it('sets aside what conflicts with other bytes in its place, keeps ours, and stores the rest', async () => {
    const { bench, store, work, points, held, sent, setAside } = await open(3);
    await store.write([{ ...points[1]!, envelope: Uint8Array.of(6, 6, 6) }]);
    expect(await work.sendOldest()).toBe(3);
    expect(setAside).toEqual([['conflict', 1]]);
    expect(await held()).toEqual([sent[0], [1, '060606'], sent[2]]);
    expect(await work.sendOldest()).toBe(0);
    bench.outbox.markSequenced(3);
    const kept = bench.database.prepare('SELECT number FROM outbox WHERE envelope IS NOT NULL').all();
    expect(kept.map(({ number }) => number)).toEqual([2]);
  });
});

describe('the embedded series store', () => {
  it('holds nothing before its first write, and reads only the epoch and numbers it is asked for', async () => {
    const { store, points } = await open(3);
    expect((await store.read(points[0]!, 0, 9)).size).toBe(0);
    await store.write(points);
    expect([...(await store.read(points[0]!, 1, 2)).keys()]).toEqual([1, 2]);
    expect((await store.read({ ...points[0]!, epoch: 99 }, 0, 9)).size).toBe(0);
    expect((await store.read({ ...points[0]!, tag: new Uint8Array(16) }, 0, 9)).size).toBe(0);
  });

  it('holds nothing while its file is being made, and then what was written', async () => {
    const { store, path, points } = await open(1);
    using making = new DatabaseSync(path);
    making.exec('PRAGMA journal_mode = WAL');
    expect((await store.read(points[0]!, 0, 9)).size).toBe(0);
    await store.write(points);
    expect([...(await store.read(points[0]!, 0, 9)).keys()]).toEqual([0]);
  });

  it('stores all points of a write or none, and opens its file anew after a failure', async () => {
    const { store, path, points } = await open(2);
    await store.write([]);
    using other = new DatabaseSync(path);
    other.exec('BEGIN EXCLUSIVE');
    await expect(store.write(points)).rejects.toThrow('locked');
    other.exec('ROLLBACK');
    expect(await store.write(points)).toEqual(['stored', 'stored']);
    expect(await store.write(points)).toEqual(['stored', 'stored']);
    const bad = [
      { ...points[0]!, number: 7 },
      { ...points[0]!, number: {} as number },
    ];
    await expect(store.write(bad)).rejects.toBeInstanceOf(TypeError);
    expect([...(await store.read(points[0]!, 0, 9)).keys()]).toEqual([0, 1]);
  });
});
