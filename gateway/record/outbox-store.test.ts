// SPDX-License-Identifier: Apache-2.0
/** The outbox: numbers without a hole, and envelopes that leave only when they are stored and sequenced. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { inTransaction, openJournalDatabase } from '../journal/journal-database.ts';
import { OutboxStore } from './outbox-store.ts';
import { StreamStore } from './stream-store.ts';

const STAY = 'ab'.repeat(16);
const ALL = [10_000, 1 << 30] as const;

function open() {
  const database = openJournalDatabase(':memory:');
  const outbox = new OutboxStore(database);
  const streams = new StreamStore(database);
  const stream = streams.ensure(STAY, 'numeric').id;
  const tag = new Uint8Array(16).fill(7);
  streams.putEpoch({ stream, epoch: 4, tag, openedMs: 500, closedMs: null, next: 0, keyRecord: new Uint8Array() });
  let batch = 0;
  const add = (more: { first?: number; fromMs?: number; toMs?: number; bytes?: number } = {}): number => {
    const own = { stream, epoch: 4, batch: batch++, first: 1, fromMs: 0, toMs: 0, ...more };
    const envelope = new Uint8Array(more.bytes ?? 1).fill(own.batch);
    return outbox.addBatch({ ...own, entry: Uint8Array.of(own.batch), envelope });
  };
  const kept = () =>
    database
      .prepare('SELECT number FROM outbox WHERE envelope IS NOT NULL ORDER BY number')
      .all()
      .map((row) => row['number']);
  return { database, outbox, stream, tag, add, kept };
}

describe('the outbox', () => {
  it('numbers batches and bare entries from 1 without a hole, also after a transaction that was rolled back', () => {
    const { database, outbox, add } = open();
    expect([add(), outbox.addEntry(Uint8Array.of(9)), add()]).toEqual([1, 2, 3]);
    expect(() =>
      inTransaction(database, () => {
        add();
        throw new Error('no room');
      }),
    ).toThrow('no room');
    expect(add()).toBe(4);
    expect(outbox.waiting()).toEqual({ unstored: 3, unsequenced: 4, newest: 4 });
  });

  it('goes on counting when everything was stored and sequenced', () => {
    const { outbox, add } = open();
    add();
    outbox.markStored([1]);
    outbox.markSequenced(1);
    expect(outbox.waiting()).toEqual({ unstored: 0, unsequenced: 0, newest: 1 });
    expect(add()).toBe(2);
  });

  it('gives what the series store lacks, oldest first with its coordinates, and no bare entries', () => {
    const { outbox, tag, add } = open();
    add();
    outbox.addEntry(Uint8Array.of(9));
    add();
    const point = { tag, epoch: 4, epochStartMs: 500 };
    expect(outbox.unstored(...ALL)).toEqual([
      { ...point, outbox: 1, number: 0, envelope: Uint8Array.of(0) },
      { ...point, outbox: 3, number: 1, envelope: Uint8Array.of(1) },
    ]);
    expect(outbox.unstored(1, 1 << 30).map(({ outbox: number }) => number)).toEqual([1]);
  });

  it('gives at most so many bytes at once, but always one batch', () => {
    const { outbox, add } = open();
    for (let i = 0; i < 3; i++) add({ bytes: 100 });
    expect([50, 199, 200, 300].map((bytes) => outbox.unstored(99, bytes).length)).toEqual([1, 1, 2, 3]);
  });

  it('gives the log every entry after a number, in order', () => {
    const { outbox, add } = open();
    add();
    outbox.addEntry(Uint8Array.of(9));
    add();
    const entries = (after: number, limit = 99) =>
      outbox.unsequenced(after, limit).map((entry) => [entry.outbox, ...entry.entry]);
    expect(entries(0)).toEqual([
      [1, 0],
      [2, 9],
      [3, 1],
    ]);
    expect(entries(1, 1)).toEqual([[2, 9]]);
    outbox.markSequenced(2);
    expect(entries(0)).toEqual([[3, 1]]);
  });

  test.prop([fc.array(fc.record({ stored: fc.boolean(), number: fc.integer({ min: 1, max: 6 }) }), { maxLength: 12 })])(
    'keeps an envelope until it is both stored and sequenced, whatever comes first',
    (marks) => {
      const { outbox, add, kept } = open();
      for (let i = 0; i < 6; i++) add({ first: 10 * (i + 1) });
      const stored = new Set<number>();
      let sequenced = 0;
      for (const mark of marks) {
        if (mark.stored) {
          outbox.markStored([mark.number]);
          stored.add(mark.number);
        } else {
          outbox.markSequenced(mark.number);
          sequenced = Math.max(sequenced, mark.number);
        }
        const waiting = [1, 2, 3, 4, 5, 6].filter((n) => !stored.has(n) || n > sequenced);
        expect(kept()).toEqual(waiting);
        expect(outbox.oldestWaitingRow()).toBe(waiting[0] === undefined ? undefined : 10 * waiting[0]);
      }
    },
  );

  it('keeps for ever what the store does not take, no longer waits for it, and tries it again after a start', () => {
    const { outbox, add, kept } = open();
    add();
    add();
    outbox.markSetAside([1]);
    outbox.markSequenced(2);
    expect(outbox.unstored(...ALL).map(({ outbox: number }) => number)).toEqual([2]);
    outbox.markStored([2]);
    expect([kept(), outbox.oldestWaitingRow()]).toEqual([[1], undefined]);
    outbox.retrySetAside();
    expect(outbox.unstored(...ALL).map(({ outbox: number }) => number)).toEqual([1]);
    outbox.markStored([1]);
    expect(kept()).toEqual([]);
  });

  it('finds the batches whose window touches a range, both ends included', () => {
    const { outbox, stream, add } = open();
    add({ fromMs: 0, toMs: 9 });
    add({ fromMs: 10, toMs: 19 });
    add({ fromMs: 5, toMs: 25 });
    const found = (fromMs: number, toMs: number) => outbox.overlapping(stream, fromMs, toMs).map(({ batch }) => batch);
    expect([found(0, 4), found(9, 10), found(19.5, 22), found(26, 99)]).toEqual([[0], [0, 1, 2], [1, 2], []]);
    expect(outbox.overlapping(stream + 1, 0, 99)).toEqual([]);
  });
});
