// SPDX-License-Identifier: Apache-2.0
/** Groups of rows on disk: what comes back, what damage is found, and what is left of a day whose rows have left. */
import { createSecretKey, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { StreamStore } from '../record/stream-store.ts';
import { GroupStore, numberedRows } from './group-store.ts';
import { inTransaction, openJournalDatabase } from './journal-database.ts';
import { decodeRows, encodeRows, type JournalRow } from './rows.ts';

const DAY_MS = 86_400_000;
const STAY = 'ab'.repeat(16);
const storeKey = createSecretKey(randomBytes(32));

function open() {
  const database = openJournalDatabase(':memory:');
  return { database, groups: again({ database }) };
}
/** As after a restart. */
function again({ database }: { database: DatabaseSync }, key = storeKey): GroupStore {
  const groups = new GroupStore(database, key, randomBytes);
  groups.open();
  return groups;
}
const row = (n: number): JournalRow => ({
  kind: 'reading',
  stay: STAY,
  bytes: Uint8Array.of(n),
  raw: Uint8Array.of(1, n),
});
const put = ({ database, groups }: ReturnType<typeof open>, first: number, count: number, dayMs = 0) =>
  inTransaction(database, () =>
    groups.insert(first, count, content(Array.from({ length: count }, (_, i) => row(first + i))), dayMs),
  );
const content = (rows: readonly JournalRow[]) => ({ rows: encodeRows(rows), marks: [], progress: [] });
const rowsOf = (groups: GroupStore, after = 0) => [...groups.groups(after)].flatMap(numberedRows);
const sequences = (groups: GroupStore, after = 0) => rowsOf(groups, after).map(({ sequence }) => sequence);
const slots = ({ database }: ReturnType<typeof open>) =>
  Number(database.prepare('SELECT count(*) AS n FROM journal_group').get()?.['n']);
const days = ({ database }: ReturnType<typeof open>) =>
  database
    .prepare('SELECT day FROM journal_day ORDER BY day')
    .all()
    .map(({ day }) => day);
const damaged = (detail?: string) =>
  expect.objectContaining({ code: 'JOURNAL_DAMAGED', ...(detail && { message: expect.stringContaining(detail) }) });

const id = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString('hex'));
const time = fc.integer({ min: 0, max: 2 ** 42 });
const missing = fc.record({ session: id(8), first: fc.nat(), last: fc.nat() });
const anyRow: fc.Arbitrary<JournalRow> = fc.oneof(
  fc.record({
    kind: fc.constant('reading' as const),
    stay: id(16),
    bytes: fc.uint8Array({ maxLength: 300 }),
    raw: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant('gap' as const),
    stay: id(16),
    boot: id(8),
    gap: fc.oneof(
      fc.record({
        device: fc.constant('wear-1'),
        evidence: fc.constantFrom('cadence-missed' as const, 'disk-full' as const),
        fromMs: time,
        toMs: time,
      }),
      fc.record({
        device: fc.constant('wear-1'),
        evidence: fc.constant('sequence-missing' as const),
        fromMs: time,
        toMs: time,
        missing,
      }),
    ),
  }),
);

describe('the rows of a group', () => {
  test.prop([fc.array(anyRow, { maxLength: 20 })])('come back from their bytes as they were', (rows) => {
    expect(decodeRows(encodeRows(rows))).toEqual(rows);
  });

  test.prop([fc.uint8Array({ maxLength: 200 })])('are damaged, and nothing else, when the bytes are any', (bytes) => {
    try {
      expect(encodeRows(decodeRows(bytes))).toEqual(bytes);
    } catch (error) {
      expect(error).toEqual(damaged());
    }
  });
});

describe('the journal on disk', () => {
  test.prop([fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 }), fc.nat({ max: 45 })])(
    'gives back every row after a place, in order and across the days',
    (counts, after) => {
      const bench = open();
      let first = 1;
      for (const [i, count] of counts.entries()) {
        put(bench, first, count, i * DAY_MS);
        first += count;
      }
      const fresh = again(bench);
      expect([bench.groups.newest(), fresh.newest()]).toEqual([first - 1, first - 1]);
      const expected = Array.from({ length: first - 1 }, (_, i) => ({ sequence: i + 1, row: row(i + 1) }));
      // Whole groups: the one that `after` falls into comes from its first row on.
      expect(rowsOf(fresh, after).filter(({ sequence }) => sequence > after)).toEqual(expected.slice(after));
    },
  );

  it('names the group that was changed, swapped, shifted, shortened, or put under another day', () => {
    const changes = [
      'UPDATE journal_group SET sealed = zeroblob(length(sealed)) WHERE first = 3',
      `UPDATE journal_group SET sealed = (SELECT sealed FROM journal_group WHERE first = 1),
         nonce = (SELECT nonce FROM journal_group WHERE first = 1) WHERE first = 3`,
      'UPDATE journal_group SET last = last + 1 WHERE first = 3',
      'UPDATE journal_group SET sealed = substr(sealed, 1, 20) WHERE first = 3',
      "UPDATE journal_group SET day = '1970-01-02' WHERE first = 3",
    ];
    for (const change of changes) {
      const bench = open();
      put(bench, 1, 2);
      put(bench, 3, 2);
      put(bench, 5, 2, DAY_MS);
      expect(sequences(bench.groups)).toEqual([1, 2, 3, 4, 5, 6]);
      bench.database.exec(change);
      expect(() => sequences(bench.groups)).toThrow(damaged('rows 3 to'));
      expect(sequences(bench.groups, 5)).toEqual([5, 6]);
    }
  });

  it('cannot be opened with another store key', () => {
    const bench = open();
    put(bench, 1, 1);
    expect(() => sequences(again(bench, createSecretKey(randomBytes(32))))).toThrow(damaged());
  });

  it('lets go of groups that nobody needs, never of one of which a row is needed', () => {
    const bench = open();
    put(bench, 1, 2);
    put(bench, 3, 2);
    bench.groups.retire(1, 0);
    expect([sequences(bench.groups), bench.groups.needed]).toEqual([[1, 2, 3, 4], 3]);
    bench.groups.retire(3, 0);
    expect([sequences(bench.groups), bench.groups.needed]).toEqual([[3, 4], 1]);
    bench.groups.retire(2, 0);
    expect(sequences(again(bench))).toEqual([3, 4]);
  });

  it('tells whether a row has gone', () => {
    const bench = open();
    put(bench, 1, 2);
    expect([0, 1, 1, 2].map((upTo) => bench.groups.retire(upTo, 0))).toEqual([false, true, false, true]);
  });

  it('finds a copy of a group in a second slot: its readings would stand twice', () => {
    const bench = open();
    put(bench, 1, 2);
    bench.database.exec('INSERT INTO journal_group SELECT 9, first, last, day, nonce, sealed FROM journal_group');
    expect(() => sequences(bench.groups)).toThrow(damaged('rows 1 to 2'));
  });

  it('misses a group that was taken away before others, by its rows', () => {
    for (const [gone, rows] of [
      [1, 'rows 2 to 2 are missing'],
      [3, 'rows 3 to 4 are missing'],
    ] as const) {
      const bench = open();
      put(bench, 1, 2);
      put(bench, 3, 2);
      put(bench, 5, 1);
      bench.groups.retire(1, 0);
      bench.database.exec(`DELETE FROM journal_group WHERE first = ${gone}`);
      expect(() => sequences(again(bench))).toThrow(damaged(rows));
    }
  });

  it('destroys the key of a day with its last row, and keeps that of today', () => {
    const bench = open();
    put(bench, 1, 1, 0);
    put(bench, 2, 1, DAY_MS);
    put(bench, 3, 1, 2 * DAY_MS);
    bench.groups.retire(1, 2 * DAY_MS);
    expect(days(bench)).toEqual(['1970-01-02', '1970-01-03']);
    bench.groups.retire(3, 2 * DAY_MS);
    expect(days(bench)).toEqual(['1970-01-03']);
    bench.groups.retire(3, 3 * DAY_MS);
    expect(days(bench)).toEqual([]);
  });

  it('makes a fresh key when rows of a day come whose key was destroyed', () => {
    const bench = open();
    put(bench, 1, 1, 0);
    bench.groups.retire(1, DAY_MS);
    put(bench, 2, 1, 0);
    expect(sequences(again(bench))).toEqual([2]);
  });

  it('forgets the key of a day whose first group was rolled back, or nothing of that day could be opened later', () => {
    for (const opens of [true, false]) {
      const bench = open();
      expect(() =>
        inTransaction(bench.database, () => {
          bench.groups.insert(1, 1, content([row(1)]), 0);
          throw new Error('no room');
        }),
      ).toThrow('no room');
      if (opens) bench.groups.open();
      put(bench, 1, 1, 0);
      const found = () => sequences(again(bench));
      if (opens) expect(found()).toEqual([1]);
      // The positive control: a cached key that is on no disk makes rows that open for nobody.
      else expect(found).toThrow(damaged());
    }
  });

  it('counts on after every row has left, for streams remember how far they are recorded', () => {
    const bench = open();
    const streams = new StreamStore(bench.database);
    put(bench, 1, 7);
    streams.advance(streams.ensure(STAY, 'numeric').id, 1, new Uint8Array(32), 7);
    bench.groups.retire(7, 0);
    bench.database.exec('DELETE FROM journal_group');
    expect([sequences(bench.groups), again(bench).newest()]).toEqual([[], 7]);
  });
});

describe('the slots of the journal', () => {
  /** Puts groups of one row; each step says how many rows are needed after it. */
  function fill(bench: ReturnType<typeof open>, needed: readonly number[]): void {
    for (const keep of needed) {
      const next = bench.groups.newest() + 1;
      put(bench, next, 1);
      bench.groups.retire(next - keep, 0);
    }
  }

  it('are used again and again, so that the file stays as large as what is needed', () => {
    const bench = open();
    fill(bench, Array<number>(2000).fill(100));
    expect(slots(bench)).toBe(256);
    expect(sequences(again(bench))).toEqual(Array.from({ length: 100 }, (_, i) => 1901 + i));
  });

  it('grow over those that are still needed, and shrink to what a burst leaves', () => {
    const bench = open();
    fill(bench, [...Array<number>(300).fill(1000), ...Array<number>(300).fill(5)]);
    expect(slots(bench)).toBe(301);
  });

  test.prop([fc.array(fc.nat({ max: 700 }), { minLength: 300, maxLength: 900 }), fc.nat({ max: 900 })], {
    numRuns: 10,
  })(
    'never lose a row that is needed, nor give one back twice, wherever the gateway starts anew',
    (needed, restart) => {
      const bench = open();
      fill(bench, needed.slice(0, restart));
      const later = { ...bench, groups: again(bench) };
      fill(later, needed.slice(restart));
      const { needed: rest } = later.groups;
      const expected = Array.from({ length: rest }, (_, i) => needed.length - rest + 1 + i);
      expect(sequences(again(bench))).toEqual(expected);
    },
  );
});
