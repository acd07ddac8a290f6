// SPDX-License-Identifier: Apache-2.0
/** Group commit as the main loop sees it, over a worker whose every commit the test answers itself. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type WorkerCallError, type WorkerCalls, WorkerCallError as WorkerError } from '../worker-calls.ts';
import { groupDelayMs, Journal } from './journal.ts';
import type { JournalHandlers } from './journal.worker.ts';
import type { AppendArgs } from './journal-writer.ts';
import { decodeRows, type JournalRow } from './rows.ts';

const FULL: WorkerCallError = new WorkerError({ code: 'JOURNAL_FULL', message: 'full' });
const BROKEN = new Error('the disk answered with an error');

interface Commit {
  readonly args: AppendArgs;
  answer(error?: unknown): void;
}

/** A journal that commits only when told to; `groupMs` is long, so that time plays no part. */
function bench(groupMs = 1_000_000) {
  const commits: Commit[] = [];
  const asked: string[] = [];
  const fatal: unknown[] = [];
  const calls = {
    call(name: string, args: unknown) {
      asked.push(name);
      if (name !== 'append') return Promise.resolve(name === 'state' ? 'what is on disk' : undefined);
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      commits.push({ args: args as AppendArgs, answer: (error) => (error ? reject(error) : resolve({ first: 1 })) });
      return promise;
    },
    [Symbol.asyncDispose]: async () => void asked.push('terminate'),
  } as unknown as WorkerCalls<JournalHandlers>;
  const journal = new Journal(calls, new Promise(() => {}), (reason) => fatal.push(reason), {
    groupMs,
    groupMaxMs: groupMs,
  });
  return { journal, commits, asked, fatal };
}

const row = (marker: number, rawBytes = 1): JournalRow => ({
  kind: 'reading',
  stay: 'ab'.repeat(16),
  bytes: Buffer.from([marker >> 8, marker & 255]),
  raw: new Uint8Array(rawBytes),
});
const markers = ({ args }: Commit): number[] =>
  decodeRows(args.rows).map((r) => (r.kind === 'reading' ? Buffer.from(r.bytes).readUInt16BE() : -1));
const settled = () => new Promise((resolve) => setImmediate(resolve));
/** Whether a promise is still open, resolved or rejected now. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  await settled();
  const open = Symbol('open');
  return Promise.race([promise, Promise.resolve(open)]).then(
    (value) => (value === open ? 'open' : 'resolved'),
    () => 'rejected',
  );
}

describe('the time a group collects', () => {
  it('is the usual one on a fast disk, and grows with the disk up to its bound', () => {
    const timing = { groupMs: 25, groupMaxMs: 50 };
    expect([0, 1, 25, 33, 50, 900].map((commitMs) => groupDelayMs(timing, commitMs))).toEqual([25, 25, 25, 33, 50, 50]);
    expect(groupDelayMs({ groupMs: 80, groupMaxMs: 50 }, 10)).toBe(80);
  });
});

describe('the journal', () => {
  it('acknowledges nothing before its commit, and a whole group at once after it', async () => {
    const { journal, commits } = bench();
    const first = journal.append({ rows: [row(1)] });
    const second = journal.append({ rows: [row(2)] }, true);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['open', 'open']);
    expect(commits.map(markers)).toEqual([[1, 2]]);
    commits[0]!.answer();
    expect([await stateOf(first), await stateOf(second)]).toEqual(['resolved', 'resolved']);
  });

  it('has one commit under way, while the next group grows', async () => {
    const { journal, commits } = bench();
    void journal.append({ rows: [row(1)] }, true);
    void journal.append({ rows: [row(2)] }, true);
    void journal.append({ rows: [row(3)] }, true);
    await settled();
    expect(commits.map(markers)).toEqual([[1]]);
    commits[0]!.answer();
    await settled();
    expect(commits.map(markers)).toEqual([[1], [2, 3]]);
  });

  it('commits a group when its time is over, without being asked again', async () => {
    const { journal, commits } = bench(1);
    const appended = journal.append({ rows: [row(1)] });
    while (commits.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    commits[0]!.answer();
    await appended;
  });

  it('writes the newest state of a mark and of a device once in a group', async () => {
    const { journal, commits } = bench();
    const mark = { device: 'd', session: '00'.repeat(8), high: 1, highMs: 0, floor: -1, holes: [] };
    void journal.append({ rows: [], marks: [mark], progress: [{ device: 'd', lastMs: 1, reportedToMs: 1 }] });
    void journal.append(
      { rows: [], marks: [{ ...mark, high: 2 }], progress: [{ device: 'd', lastMs: 2, reportedToMs: 2 }] },
      true,
    );
    await settled();
    expect(commits[0]!.args.marks.map(({ high }) => high)).toEqual([2]);
    expect(commits[0]!.args.progress.map(({ lastMs }) => lastMs)).toEqual([2]);
  });

  test.prop(
    [
      fc.array(fc.record({ rows: fc.nat({ max: 300 }), rawBytes: fc.nat({ max: 1000 }), atOnce: fc.boolean() }), {
        maxLength: 60,
        size: 'max',
      }),
    ],
    {
      numRuns: 10,
    },
  )('commits every row once, in order, in groups that can be read back, however large they come', async (entries) => {
    const { journal, commits } = bench();
    let marker = 0;
    const promises = entries.map(({ rows, rawBytes, atOnce }) => {
      const own = Array.from({ length: rows }, () => row(marker++ % 65_536, rawBytes));
      return journal.append({ rows: own }, atOnce);
    });
    const end = journal.append({ rows: [] }, true);
    const seen: number[] = [];
    while ((await stateOf(end)) === 'open') {
      const commit = commits.shift()!;
      seen.push(...markers(commit));
      commit.answer();
    }
    await Promise.all(promises);
    expect(seen).toEqual(Array.from({ length: marker }, (_, i) => i % 65_536));
  });

  it('stops rather than write a group that could not be read back', async () => {
    const { journal, commits, fatal } = bench();
    const rows = Array.from({ length: 200 }, () => row(0, 8192));
    await expect(journal.append({ rows }, true)).rejects.toBeInstanceOf(RangeError);
    expect([commits.length, fatal.length]).toEqual([0, 1]);
  });

  it('has no room while as many rows wait as may, and has again after the commits', async () => {
    const { journal, commits } = bench();
    void journal.append({ rows: [row(0)] }, true);
    const last = Array.from({ length: 64 }, () =>
      journal.append({ rows: Array.from({ length: 128 }, (_, i) => row(i)) }),
    );
    expect(journal.hasRoom()).toBe(false);
    while ((await stateOf(last.at(-1)!)) === 'open') {
      if (commits.length > 0) commits.shift()!.answer();
      else void journal.append({ rows: [] }, true);
    }
    expect(journal.hasRoom()).toBe(true);
  });

  it('has no room either while the bytes that wait are too many', async () => {
    const { journal } = bench();
    for (let i = 0; i < 1100; i++) void journal.append({ rows: [row(0, 8192)] });
    expect(journal.hasRoom()).toBe(false);
  });
});

describe('a journal whose group was refused', () => {
  it('refuses with it everything that was built on its marks, until intake began anew', async () => {
    const { journal, commits, fatal } = bench();
    const first = journal.append({ rows: [row(1)] }, true);
    const behind = journal.append({ rows: [row(2)] });
    commits[0]!.answer(FULL);
    await expect(first).rejects.toBe(FULL);
    await expect(behind).rejects.toBe(FULL);
    await expect(journal.append({ rows: [row(3)] })).rejects.toBe(FULL);
    expect(await journal.resume()).toBe('what is on disk');
    const after = journal.append({ rows: [row(4)] }, true);
    expect(commits.map(markers)).toEqual([[1], [4]]);
    commits[1]!.answer();
    await after;
    expect(fatal).toEqual([]);
  });

  it('refuses the resend that waited for it: a resend is acknowledged only when what it repeats is durable', async () => {
    const { journal, commits } = bench();
    journal.append({ rows: [row(1)] }, true).catch(() => undefined);
    const resend = journal.barrier();
    expect(await stateOf(resend)).toBe('open');
    commits[0]!.answer(FULL);
    await expect(resend).rejects.toBe(FULL);
    await expect(journal.barrier()).rejects.toBe(FULL);
  });

  it('lets a resend pass when its group is durable, or when nothing is under way', async () => {
    const { journal, commits } = bench();
    await journal.barrier();
    void journal.append({ rows: [row(1)] }, true);
    void journal.append({ rows: [row(2)] }, true);
    const resend = journal.barrier();
    commits[0]!.answer();
    expect(await stateOf(resend)).toBe('open');
    commits[1]!.answer();
    await resend;
  });

  it('never goes on after any other failure, for what is on disk is unknown then', async () => {
    const { journal, commits, fatal } = bench();
    const lost = journal.append({ rows: [row(1)] }, true);
    commits[0]!.answer(BROKEN);
    await expect(lost).rejects.toBe(BROKEN);
    expect(fatal).toEqual([BROKEN]);
    await expect(journal.resume()).rejects.toBe(BROKEN);
    await expect(journal.append({ rows: [row(2)] })).rejects.toBe(BROKEN);
  });
});

describe('a journal that stops', () => {
  it('commits what was appended, then closes; and takes nothing more', async () => {
    const { journal, commits, asked } = bench();
    const last = journal.append({ rows: [row(1)] });
    const stopped = journal[Symbol.asyncDispose]();
    await expect(journal.append({ rows: [row(2)] })).rejects.toMatchObject({ code: 'JOURNAL_STOPPED' });
    commits[0]!.answer();
    await Promise.all([last, stopped]);
    expect(asked).toEqual(['append', 'close', 'terminate']);
  });

  it('flushes what was appended before it seals the open batches', async () => {
    const { journal, commits, asked } = bench();
    void journal.append({ rows: [row(1)] });
    const flushed = journal.flush();
    await settled();
    expect(asked).toEqual(['append']);
    commits[0]!.answer();
    await flushed;
    expect(asked).toEqual(['append', 'flush']);
  });
});
