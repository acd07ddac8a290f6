// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReadBatch } from '../series/record-reader.ts';
import { HeldTimers, settled } from '../testing/held-timers.ts';
import { type ExportSource, writeExport } from './export-files.ts';
import { LOOK_EVERY_MS, LOOKS_WITHOUT_STEP_MAX, watched } from './watched.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-export-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** A source whose batches are what `batches` gives; nothing of a batch is selected. */
function sourceOf(batches: AsyncIterable<ReadBatch>): ExportSource {
  const bytes = new Uint8Array(32);
  return {
    selection: { stay: '00', fromMs: 0, toMs: 1, vitals: [] },
    form: { profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' },
    batches,
    corrections: [],
    identity: {
      gateway: 'g',
      gatewayKey: bytes,
      endorsement: new Uint8Array(64),
      vkey: 'v',
    } as ExportSource['identity'],
    log: {
      checkpoint: 'c',
      size: 1,
      inclusionProof: async () => [],
      holds: async () => true,
      entry: async () => bytes,
    },
  };
}

/** Batches without readings; after `count` of them the store never answers again. */
async function* hanging(count: number): AsyncGenerator<ReadBatch> {
  for (let i = 0; i < count; i++) yield { readings: [] } as unknown as ReadBatch;
  await Promise.withResolvers<never>().promise;
}

function start(batches: AsyncIterable<ReadBatch>) {
  const timers = new HeldTimers();
  const stopping = new AbortController();
  const said: string[] = [];
  const watcher = { signal: stopping.signal, timers, say: (line: string) => said.push(line) };
  const writing = writeExport(join(directory, 'day.csv'), sourceOf(batches), watcher);
  const outcome = writing.catch((error: { code: string }) => error.code);
  return { timers, stopping, said, outcome };
}

const looks = async (timers: HeldTimers, count: number) => timers.advance(count * LOOK_EVERY_MS);

describe('writeExport', () => {
  it('gives up a wait that never ends, and leaves no file', async () => {
    const { timers, said, outcome } = start(hanging(3));
    for (let i = 0; i < 10; i++) await settled();
    expect(await readdir(directory)).toEqual(['day.csv.part', 'day.csv.proof.part']);
    await looks(timers, LOOKS_WITHOUT_STEP_MAX);
    expect(said).toEqual(['0 readings of 0 batches so far.']);
    expect(await readdir(directory)).toHaveLength(2);
    await looks(timers, 1);
    expect(await outcome).toBe('EXPORT_STALLED');
    expect(await readdir(directory)).toEqual([]);
    expect(timers.waiting()).toEqual([]);
  });

  it('stops when it is asked to, though the store hangs, and leaves no file', async () => {
    const { stopping, outcome } = start(hanging(3));
    await settled();
    stopping.abort();
    expect(await outcome).toBe('EXPORT_STOPPED');
    expect(await readdir(directory)).toEqual([]);
  });

  it('hears the stop of a store that answers without a turn of the event loop', async () => {
    const endless = (async function* () {
      for (;;) yield { readings: [] } as unknown as ReadBatch;
    })();
    const { stopping, outcome } = start(endless);
    setImmediate(() => stopping.abort());
    expect(await outcome).toBe('EXPORT_STOPPED');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('watched', () => {
  it('lets work go on that takes a step now and then, however long it takes, and gives its result', async () => {
    const timers = new HeldTimers();
    const { promise, resolve } = Promise.withResolvers<string>();
    let step = () => {};
    const work = watched(
      (moved) => {
        step = moved;
        return promise;
      },
      { signal: new AbortController().signal, timers, say: () => undefined },
    );
    for (let i = 0; i < 5; i++) {
      await looks(timers, LOOKS_WITHOUT_STEP_MAX);
      step();
    }
    resolve('whole');
    expect(await work).toBe('whole');
  });

  it('lets work that was given up take no further step', async () => {
    let step = () => {};
    const work = watched(
      async (moved) => {
        step = moved;
      },
      { signal: AbortSignal.abort(), timers: new HeldTimers(), say: () => undefined },
    );
    await expect(work).rejects.toMatchObject({ code: 'EXPORT_STOPPED' });
    expect(() => step()).toThrow(expect.objectContaining({ code: 'EXPORT_STOPPED' }));
  });
});
