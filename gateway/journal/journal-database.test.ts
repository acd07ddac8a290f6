// SPDX-License-Identifier: Apache-2.0
/** The journal's file: how hard a commit is, what a full disk does, and that the WAL does not grow for ever. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldWal, inTransaction, openJournalDatabase, readJournalDatabase } from './journal-database.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-journal-'));
});
afterAll(() => rm(directory, { recursive: true }));

const put = (database: DatabaseSync, number: number, bytes = 10) =>
  database.prepare('INSERT INTO journal_day VALUES (?, ?)').run(String(number), new Uint8Array(bytes));
const count = (database: DatabaseSync) =>
  Number(database.prepare('SELECT count(*) AS n FROM journal_day').get()?.['n']);

describe('the journal database', () => {
  it('syncs at every commit, keeps no deleted bytes, and folds its WAL only when asked', () => {
    using database = openJournalDatabase(join(directory, 'pragmas.db'));
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(['journal_mode', 'synchronous', 'secure_delete', 'wal_autocheckpoint'].map(pragma)).toEqual([
      'wal',
      2,
      1,
      0,
    ]);
  });

  it('is not opened when a newer version made it', () => {
    const path = join(directory, 'newer.db');
    using newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    expect(() => openJournalDatabase(path)).toThrow(expect.objectContaining({ code: 'DATA_DIRECTORY_NEWER' }));
  });

  it('is not opened when an older version made it', () => {
    const path = join(directory, 'older.db');
    using older = new DatabaseSync(path);
    older.exec('PRAGMA user_version = 3');
    expect(() => openJournalDatabase(path)).toThrow(expect.objectContaining({ code: 'DATA_DIRECTORY_OLDER' }));
  });

  it('can be read beside its writer, and not written there', () => {
    const path = join(directory, 'read.db');
    using database = openJournalDatabase(path);
    using reader = readJournalDatabase(path);
    put(database, 1);
    expect(count(reader)).toBe(1);
    expect(() => put(reader, 2)).toThrow('readonly');
  });
});

describe('a transaction', () => {
  it('that the full disk refuses is JOURNAL_FULL, and nothing of it happened; smaller ones still do', () => {
    using database = openJournalDatabase(':memory:');
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const large = () =>
      inTransaction(database, () => {
        put(database, 1);
        put(database, 2, 100_000);
      });
    expect(large).toThrow(expect.objectContaining({ code: 'JOURNAL_FULL' }));
    expect([count(database), database.isTransaction]).toEqual([0, false]);
    inTransaction(database, () => put(database, 1));
    expect(count(database)).toBe(1);
  });

  it('that fails otherwise is undone, and its error is not taken for a full disk', () => {
    using database = openJournalDatabase(':memory:');
    put(database, 1);
    const twice = () =>
      inTransaction(database, () => {
        put(database, 2);
        put(database, 1);
      });
    expect(twice).toThrow('UNIQUE');
    expect(twice).not.toThrow(expect.objectContaining({ code: 'JOURNAL_FULL' }));
    expect(count(database)).toBe(1);
  });
});

describe('the WAL', () => {
  it('is folded back once it is long, and left alone before', async () => {
    const path = join(directory, 'fold.db');
    using database = openJournalDatabase(path);
    const walBytes = async () => (await stat(`${path}-wal`)).size;
    const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
    put(database, 1);
    foldWal(database);
    expect(await walBytes()).toBeGreaterThan(0);
    for (let i = 2; i < 40; i++) put(database, i, 300 * pageBytes);
    expect(await walBytes()).toBeGreaterThan(8192 * pageBytes);
    foldWal(database);
    expect([await walBytes(), count(database)]).toEqual([0, 39]);
  });
});
