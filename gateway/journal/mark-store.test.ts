// SPDX-License-Identifier: Apache-2.0
/** Sequence marks and device progress: they come back as they were, from the tables and from groups, and damage is told from a mark. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { DeviceProgress } from '../intake/cadence.ts';
import { MAX_HOLES, SequenceMarks, type SessionMark } from '../intake/sequence-marks.ts';
import { openJournalDatabase } from './journal-database.ts';
import { decodeMark, decodeProgress, encodeMark, encodeProgress } from './mark-codec.ts';
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
const moved = (marks: readonly SessionMark[], progress: readonly DeviceProgress[] = []) => ({ marks, progress });
function save(store: MarkStore): void {
  store.save();
  store.saved();
}

describe('sequence marks', () => {
  test.prop([
    fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 40 }),
    fc.array(fc.nat({ max: 60 }), { minLength: 1 }),
    fc.boolean(),
  ])('are those of the last group, one for each device and session, saved or not', (first, second, saves) => {
    const { database, store } = open();
    store.remember(moved([marked(first), marked(first, 'e')]));
    if (saves) save(store);
    store.remember(moved([marked(second)]));
    const last = [marked(second), marked(first, 'e')];
    expect(store.marks()).toEqual(last);
    save(store);
    expect(new MarkStore(database).marks()).toEqual(last);
  });

  it('are in no table before they are saved: until then the groups hold them', () => {
    const { database, store } = open();
    store.remember(moved([marked([0])], [{ device: 'd', lastMs: 1, reportedToMs: 1 }]));
    const other = new MarkStore(database);
    expect([other.marks(), other.progress()]).toEqual([[], []]);
  });

  it('come back with as many holes as a mark may have', () => {
    const many = marked(Array.from({ length: 2 * MAX_HOLES }, (_, i) => 2 * i));
    expect(many.holes.length).toBe(MAX_HOLES);
    expect(decodeMark(encodeMark(many))).toEqual(many);
  });

  it('come back when late readings made two holes of each', () => {
    const wide = Array.from({ length: MAX_HOLES + 1 }, (_, i) => 10 * i);
    const late = [5, 1205];
    const mark = marked([...wide, ...late]);
    expect([mark.holes.length, mark.floor]).toEqual([MAX_HOLES, 9]);
    expect(decodeMark(encodeMark(mark))).toEqual(mark);
  });

  it('keep whole milliseconds of times that are not whole, whether or not they are saved yet', () => {
    const { store } = open();
    store.remember(moved([{ ...marked([0]), highMs: 1000.6 }], [{ device: 'd', lastMs: 1.4, reportedToMs: 2.6 }]));
    for (let i = 0; i < 2; i++) {
      expect(store.marks()[0]!.highMs).toBe(1001);
      expect(store.progress()).toEqual([{ device: 'd', lastMs: 1, reportedToMs: 3 }]);
      save(store);
    }
  });

  test.prop([fc.uint8Array({ maxLength: 60 })])('are damaged, and nothing else, when the bytes are any', (bytes) => {
    for (const decode of [decodeMark, decodeProgress]) {
      try {
        const value = decode(bytes);
        expect(Array.isArray(value) ? encodeProgress(value) : encodeMark(value)).toEqual(bytes);
      } catch (error) {
        expect(error).toEqual(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
      }
    }
  });

  it('are damaged when their row is', () => {
    const { database, store } = open();
    store.remember(moved([marked([0])]));
    save(store);
    database.exec('UPDATE mark SET state = substr(state, 2)');
    expect(() => store.marks()).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
  });
});

describe('progress', () => {
  it('is that of the last group, one for each device', () => {
    const { store } = open();
    store.remember(moved([], [{ device: 'd', lastMs: 1, reportedToMs: 1 }]));
    save(store);
    const last = [
      { device: 'd', lastMs: 5, reportedToMs: 9 },
      { device: 'e', lastMs: 2, reportedToMs: 2 },
    ];
    store.remember(moved([], last));
    expect(store.progress()).toEqual(last);
    save(store);
    expect(store.progress()).toEqual(last);
  });
});
