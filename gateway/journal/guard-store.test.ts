// SPDX-License-Identifier: Apache-2.0
/** Who changes what lies open in journal.db, row by row and column by column; and that nothing of our own looks like it. */
import { copyFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutboxStore } from '../record/outbox-store.ts';
import { GuardStore } from './guard-store.ts';
import { inTransaction, openJournalDatabase } from './journal-database.ts';
import { markOf, openWriter, readings, rowsFor, STAY, storeKey } from './testing/writer-bench.ts';

let directory = '';
let files = 0;
/** A journal that was closed at two moments: with a batch on its way, and with that one settled and another on its way. */
let earlier = '';
let later = '';
const fresh = () => join(directory, `${++files}.db`);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-guard-'));
  const path = fresh();
  const writer = await openWriter(path);
  const changes = [
    { type: 'open-stay', stay: { id: STAY, bed: '1', name: 'Paula', openedMs: 0, closedMs: null } },
    { type: 'open-link', link: { id: 1, device: 'wear-1', stay: STAY, fromMs: 0, toMs: null, by: 'n', why: 'w' } },
  ] as const;
  const progress = [{ device: 'wear-1', lastMs: 1, reportedToMs: 1 }];
  writer.append({ ...rowsFor(readings(0, 4)), marks: [markOf(1)], progress, changes });
  await writer.tick();
  writer.append(rowsFor(readings(4, 1)));
  await writer.logCommands({ commands: [], rotates: true });
  writer.append(rowsFor(readings(5, 1)));
  earlier = copied(path);
  writer.settled({ stored: [1], setAside: [] });
  writer.sequenced(1);
  await writer.flush();
  writer.append(rowsFor(readings(6, 2)));
  writer.settled({ stored: [2], setAside: [] });
  writer.sequenced(2);
  later = copied(path);
});
afterAll(() => rm(directory, { recursive: true }));

function copied(path: string): string {
  const copy = fresh();
  using database = new DatabaseSync(path);
  database.exec(`VACUUM INTO '${copy}'`);
  return copy;
}

/** How a gateway starts on a copy on which somebody else ran this. */
async function outcome(sql: string, original = later): Promise<string> {
  const path = fresh();
  copyFileSync(original, path);
  const other = new DatabaseSync(path);
  other.exec(sql);
  other.close();
  return openWriter(path).then(
    async (writer) => `started: ${writer.openReadings(STAY).length} readings in no batch`,
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );
}

const TABLES = [
  'boot',
  'journal_retired',
  'mark',
  'progress',
  'stay',
  'stay_bed',
  'link',
  'stream',
  'epoch',
  'rotation',
];
const VALUES: Record<string, string> = { INTEGER: '424242', TEXT: "'other'", BLOB: "x'00ff'" };

describe('a gateway starts', () => {
  it('on a journal that nobody touched', async () => {
    expect([await outcome('', earlier), await outcome('')]).toEqual([
      'started: 1 readings in no batch',
      'started: 2 readings in no batch',
    ]);
  });

  it.each([...TABLES, 'outbox'])('not when a column of table %s was changed, whichever it is', async (table) => {
    using database = new DatabaseSync(later, { readOnly: true });
    const columns = database.prepare('SELECT name, type FROM pragma_table_info(?)').all(table);
    expect(columns.length).toBeGreaterThan(0);
    for (const { name, type } of columns) {
      if (name === 'envelope') continue;
      // One row: the same key in all would be refused.
      const where = table === 'outbox' ? 'number = 3' : `${name} IN (SELECT ${name} FROM ${table} LIMIT 1)`;
      const isNull = `${name} IS NULL AND 1 = (SELECT count(*) FROM ${table})`;
      const sql = `UPDATE ${table} SET ${name} = ${VALUES[String(type)]} WHERE ${where} OR (${isNull})`;
      expect(await outcome(sql), `${table}.${name}`).toMatch(new RegExp(`JOURNAL_DAMAGED: .*table ${table}`));
    }
  });

  it.each([...TABLES, 'outbox'])('not when a row of table %s was taken away, or stands twice', async (table) => {
    const damaged = new RegExp(`JOURNAL_DAMAGED: .*table ${table}`);
    expect(await outcome(`DELETE FROM ${table}`)).toMatch(damaged);
    if (['journal_retired', 'stay_bed', 'rotation'].includes(table))
      for (const times of [1, 2])
        expect(await outcome(`INSERT INTO ${table} SELECT * FROM ${table}; `.repeat(times))).toMatch(damaged);
  });

  it.each([
    ['a batch that waits is called stored', 'UPDATE outbox SET stored = 1, sequenced = 1 WHERE number = 3', 'outbox'],
    ['one that was sent is sent again', 'UPDATE outbox SET stored = 0, sequenced = 0 WHERE number = 1', 'outbox'],
  ])('not when %s', async (_what, sql, table) => {
    expect(await outcome(sql)).toMatch(new RegExp(`JOURNAL_DAMAGED: .*table ${table}`));
  });

  it.each([
    ['the sums are taken away', 'DELETE FROM journal_guard', 'the sums of its tables are missing'],
    ['the sums are others', "UPDATE journal_guard SET sealed = x'00'", 'the sums of its tables'],
    ['the newest rows are taken away', 'DELETE FROM journal_group WHERE last = 8', 'rows 7 to 8 are missing'],
    [
      'a trigger changes what is written',
      'CREATE TRIGGER t AFTER INSERT ON link BEGIN DELETE FROM link; END',
      'its schema was changed',
    ],
  ])('not when %s', async (_what, sql, words) => {
    expect(await outcome(sql)).toBe(`JOURNAL_DAMAGED: The journal holds rows that cannot be opened. (${words})`);
  });

  it('not when the open tables are those of an earlier moment, sums and all', async () => {
    const back = TABLES.map((table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM old.${table};`);
    const outbox =
      'UPDATE outbox SET stored = 1, sequenced = 1; DELETE FROM outbox WHERE number < 3; INSERT INTO outbox SELECT * FROM old.outbox;';
    const all = `ATTACH '${earlier}' AS old; ${back.join('')} DELETE FROM journal_guard; INSERT INTO journal_guard SELECT * FROM old.journal_guard;`;
    expect(await outcome(all)).toMatch('JOURNAL_DAMAGED');
    expect(await outcome(`${all} ${outbox}`)).toMatch(/JOURNAL_DAMAGED: .*stream 1 does not end in its newest batch/);
  });

  it('on a cursor that was moved with our key: the readings in between are never recorded. The control', async () => {
    const path = fresh();
    copyFileSync(later, path);
    using database = openJournalDatabase(path);
    new GuardStore(database, storeKey, (length) => new Uint8Array(length)).open();
    inTransaction(database, () => database.exec('UPDATE journal_retired SET up_to = newest + 2'));
    database.close();
    expect((await openWriter(path)).openReadings(STAY).length).toBe(0);
  });
});

describe('the sums', () => {
  const step = fc.record({
    statements: fc.array(
      fc.constantFrom(
        'INSERT INTO rotation VALUES (7)',
        'DELETE FROM rotation WHERE rowid IN (SELECT max(rowid) FROM rotation)',
        "INSERT INTO progress VALUES ('a', 1, 1) ON CONFLICT DO UPDATE SET last_ms = last_ms + 1",
        'UPDATE outbox SET sequenced = 1 WHERE number % 2 = 1',
        'UPDATE outbox SET stored = 2',
        'UPDATE outbox SET stored = 0 WHERE stored = 2',
        'ENTRY',
      ),
      { maxLength: 4 },
    ),
    fails: fc.boolean(),
  });

  test.prop([fc.array(step, { maxLength: 8 })], { numRuns: 25 })(
    'are those of what is on disk after any transactions, also some that were rolled back',
    (steps) => {
      const path = fresh();
      const open = () => {
        const database = openJournalDatabase(path, 'OFF');
        new GuardStore(database, storeKey, (length) => new Uint8Array(length)).open();
        return database;
      };
      using database = open();
      const outbox = new OutboxStore(database);
      for (const { statements, fails } of steps) {
        const run = () =>
          inTransaction(database, () => {
            for (const sql of statements) {
              if (sql === 'ENTRY') outbox.addEntry(Uint8Array.of(1));
              else database.exec(sql);
            }
            if (fails) throw new Error('no room');
          });
        if (fails) expect(run).toThrow('no room');
        else run();
        open().close();
      }
    },
  );
});
