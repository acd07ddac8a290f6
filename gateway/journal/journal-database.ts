// SPDX-License-Identifier: Apache-2.0
/**
 * The one SQLite file of the gateway: journal, marks, stays, streams, outbox. One writer, the journal worker; readers open it
 * read-only. WAL with synchronous=FULL: a commit returns after the fsync of the WAL, so that what was acknowledged survives a
 * power cut (FULL, not NORMAL: NORMAL loses the last commits).
 */
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../errors.ts';

const SCHEMA_VERSION = 5;
const SCHEMA = `
  CREATE TABLE boot (id BLOB PRIMARY KEY, wall_ms INTEGER NOT NULL, time_trust INTEGER NOT NULL) STRICT;
  CREATE TABLE journal_day (day TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
  CREATE TABLE journal_group (slot INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, day TEXT NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE journal_retired (up_to INTEGER NOT NULL, newest INTEGER NOT NULL) STRICT;
  INSERT INTO journal_retired VALUES (0, 0);
  CREATE TABLE journal_guard (sealed BLOB NOT NULL) STRICT;
  CREATE TABLE mark (device TEXT NOT NULL, session BLOB NOT NULL, state BLOB NOT NULL, PRIMARY KEY (device, session)) STRICT, WITHOUT ROWID;
  CREATE TABLE progress (device TEXT PRIMARY KEY, last_ms INTEGER NOT NULL, reported_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE stay (id BLOB PRIMARY KEY, bed TEXT, opened_ms INTEGER NOT NULL, closed_ms INTEGER, sealed_key BLOB NOT NULL, care_wrap BLOB, sealed_name BLOB) STRICT;
  CREATE TABLE link (id INTEGER PRIMARY KEY, device TEXT NOT NULL, stay BLOB NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER, by TEXT NOT NULL, why TEXT NOT NULL) STRICT;
  CREATE TABLE stream (id INTEGER PRIMARY KEY, stay BLOB NOT NULL, class TEXT NOT NULL, running INTEGER NOT NULL, previous BLOB NOT NULL, recorded INTEGER NOT NULL, UNIQUE (stay, class)) STRICT;
  CREATE TABLE epoch (stream INTEGER NOT NULL, epoch INTEGER NOT NULL, tag BLOB NOT NULL, opened_ms INTEGER NOT NULL, closed_ms INTEGER, next INTEGER NOT NULL, key_record BLOB NOT NULL, PRIMARY KEY (stream, epoch)) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (number INTEGER PRIMARY KEY, stream INTEGER, epoch INTEGER, batch INTEGER, first INTEGER, from_ms INTEGER, to_ms INTEGER, entry BLOB NOT NULL, envelope BLOB, stored INTEGER NOT NULL, sequenced INTEGER NOT NULL) STRICT;
  CREATE TABLE access (id BLOB PRIMARY KEY, stay BLOB NOT NULL, at_ms INTEGER NOT NULL, outbox INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX access_stay ON access (stay, at_ms);
  CREATE INDEX outbox_waiting ON outbox (number) WHERE stored = 0 OR sequenced = 0;
  CREATE INDEX outbox_batch ON outbox (stream, to_ms, from_ms);
  CREATE TABLE stay_bed (stay BLOB NOT NULL, from_ms INTEGER NOT NULL, bed TEXT NOT NULL) STRICT;
  CREATE INDEX stay_bed_stay ON stay_bed (stay, from_ms);
  CREATE TABLE command (id BLOB PRIMARY KEY, outbox INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE side_record (commitment BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE rotation (at_ms INTEGER NOT NULL) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
/** A ward's group of a few readings is a row that fills a page of its own, written whole: a small one spares the card. */
const PAGE_BYTES = 1024;
/** The WAL is folded back between groups once it is longer than this: 8 MiB. Each time the next group waits for two more fsyncs. */
const CHECKPOINT_WAL_PAGES = 8192;
const SQLITE_FULL = 13;
const SQLITE_IOERR_WRITE = 778;

/** How hard a commit is. FULL is the product; the others exist for the tests that must see them fail. */
export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';

/** Is told how each transaction goes: what it keeps of the tables in memory must be what is on disk. */
export interface TransactionWatcher {
  /** May write, in the same transaction. */
  beforeCommit(): void;
  committed(): void;
  rolledBack(): void;
}

/** The writer's connection. */
export class JournalDatabase extends DatabaseSync {
  watcher: TransactionWatcher | undefined;
}

/**
 * Opens for the one writer, creating it if there is none. Throws DATA_DIRECTORY_OLDER or DATA_DIRECTORY_NEWER, and JOURNAL_DAMAGED for a
 * schema that is not ours.
 */
export function openJournalDatabase(path: string, synchronous: Synchronous = 'FULL'): JournalDatabase {
  const database = new JournalDatabase(path);
  // secure_delete: a destroyed day key must not live on in a free page.
  database.exec(
    `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0;`,
  );
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > SCHEMA_VERSION) throw new GatewayError('DATA_DIRECTORY_NEWER', 'journal.db');
  if (version > 0 && version < SCHEMA_VERSION) throw new GatewayError('DATA_DIRECTORY_OLDER', 'journal.db');
  if (version === 0) inTransaction(database, () => database.exec(SCHEMA));
  else assertOurSchema(database);
  return database;
}

/** A reader waits so long while the file is being made, recovered or folded by its writer; the writer waits for nobody. */
const READER_PATIENCE_MS = 5_000;

/** Opens for reading beside the writer. */
export function readJournalDatabase(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: READER_PATIENCE_MS });
}

/** Runs `work` in one transaction. A full disk is JOURNAL_FULL and nothing happened; any other failure is not survivable. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  const watcher = database instanceof JournalDatabase ? database.watcher : undefined;
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    watcher?.beforeCommit();
    // Commit point: when COMMIT returns, the WAL is on the disk.
    database.exec('COMMIT');
    watcher?.committed();
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    watcher?.rolledBack();
    if (isFull(error)) throw new GatewayError('JOURNAL_FULL', undefined, { cause: error });
    throw error;
  }
}

/** Folds the WAL back into the file if it has grown long. Between groups, never inside one. */
export function foldWal(database: DatabaseSync): void {
  const pages = Number(database.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.['log'] ?? 0);
  if (pages > CHECKPOINT_WAL_PAGES) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** A trigger, or a table that ignores what is written twice, would change what we write as if we had. */
function assertOurSchema(database: DatabaseSync): void {
  using ours = new DatabaseSync(':memory:');
  ours.exec(SCHEMA);
  if (schemaOf(database) !== schemaOf(ours)) throw new GatewayError('JOURNAL_DAMAGED', 'its schema was changed');
}

function schemaOf(database: DatabaseSync): string {
  const parts = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
  return parts.map((part) => Object.values(part).join(' ').replaceAll(/\s+/g, ' ')).join(';');
}

function isFull(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return error.errcode === SQLITE_FULL || error.errcode === SQLITE_IOERR_WRITE;
}
