// SPDX-License-Identifier: Apache-2.0
/** Sequence marks and device progress on disk: they come back as they were, and damage is told from a mark. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { MAX_HOLES, SequenceMarks, type SessionMark } from '../intake/sequence-marks.ts';
import { openJournalDatabase } from './journal-database.ts';
import { MarkStore } from './mark-store.ts';

const SESSION = '00000000000000e0';
const open = () => {
  const database = openJournalDatabase(':memory:');
  return { database, store: new MarkStore(database) };
};
const marked = (numbers: readonly number[], device = 'd'): SessionMark => {
  const marks = new SequenceMarks();
  for (const n of numbers) marks.take(device, SESSION, n, 1000 * n);
  marks.report(20_000);
  const mark = marks.get(device, SESSION)!;
  // When a hole was noticed is not kept.
  return { ...mark, holes: mark.holes.map(({ sinceMs: _, ...hole }) => hole) };
};

describe('sequence marks on disk', () => {
  test.prop([
    fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 40 }),
    fc.array(fc.nat({ max: 60 }), { minLength: 1 }),
  ])('come back as they were last put, one for each device and session', (first, second) => {
    const { store } = open();
    store.put([marked(first), marked(first, 'e')], []);
    store.put([marked(second)], []);
    expect(store.marks()).toEqual([marked(second), marked(first, 'e')]);
  });

  it('come back with as many holes as a mark may have', () => {
    const { store } = open();
    const many = marked(Array.from({ length: 2 * MAX_HOLES }, (_, i) => 2 * i));
    expect(many.holes.length).toBe(MAX_HOLES);
    store.put([many], []);
    expect(store.marks()).toEqual([many]);
  });

  it('keep whole milliseconds of times that are not whole', () => {
    const { store } = open();
    store.put([{ ...marked([0]), highMs: 1000.6 }], [{ device: 'd', lastMs: 1.4, reportedToMs: 2.6 }]);
    expect(store.marks()[0]!.highMs).toBe(1001);
    expect(store.progress()).toEqual([{ device: 'd', lastMs: 1, reportedToMs: 3 }]);
  });

  test.prop([fc.uint8Array({ maxLength: 60 })])('are damaged, and nothing else, when the bytes are any', (bytes) => {
    const { database, store } = open();
    store.put([marked([0])], []);
    database.prepare('UPDATE mark SET state = ?').run(bytes);
    try {
      expect(store.marks().length).toBe(1);
    } catch (error) {
      expect(error).toEqual(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
    }
  });
});

describe('progress on disk', () => {
  it('is that of the last group, one for each device', () => {
    const { store } = open();
    store.put([], [{ device: 'd', lastMs: 1, reportedToMs: 1 }]);
    store.put(
      [],
      [
        { device: 'd', lastMs: 5, reportedToMs: 9 },
        { device: 'e', lastMs: 2, reportedToMs: 2 },
      ],
    );
    expect(store.progress()).toEqual([
      { device: 'd', lastMs: 5, reportedToMs: 9 },
      { device: 'e', lastMs: 2, reportedToMs: 2 },
    ]);
  });
});
