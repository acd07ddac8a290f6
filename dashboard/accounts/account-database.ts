// SPDX-License-Identifier: Apache-2.0
/** The SQLite file of accounts and sessions: only its owner can read it, and one of an older format is brought up to date. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DashboardError } from '../errors.ts';

const FORMAT_VERSION = 3;
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const SQLITE_DAMAGED = new Set([11, 26]);

/**
 * Opens or creates the file with mode 0600.
 * @throws DashboardError CREDENTIAL_READABLE, ACCOUNTS_VERSION, ACCOUNTS_DAMAGED
 */
export function openAccountDatabase(path: string): DatabaseSync {
  refuseReadable(path);
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version > FORMAT_VERSION) throw new DashboardError('ACCOUNTS_VERSION', `format ${version}`);
    // A file that is as it should be is not written: what holds or fills the disk does not keep the station from starting.
    if (version < FORMAT_VERSION) database.exec(`${UPDATES[version] ?? ''} ${SCHEMA}`);
  } catch (cause) {
    database.close();
    const isDamaged = cause instanceof Error && 'errcode' in cause && SQLITE_DAMAGED.has(Number(cause.errcode));
    throw isDamaged ? new DashboardError('ACCOUNTS_DAMAGED', undefined, { cause }) : cause;
  }
  return database;
}

/** What a file of an older format lacks, by its version. */
const UPDATES: Readonly<Record<number, string>> = {
  // Accounts from before there were wards belong to whichever ward their station shows.
  1: `ALTER TABLE account ADD COLUMN ward TEXT NOT NULL DEFAULT '';`,
  2: `ALTER TABLE invitation ADD COLUMN inviter TEXT NOT NULL DEFAULT '';`,
};
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS account (key TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, password TEXT NOT NULL,
    ward TEXT NOT NULL DEFAULT '') STRICT;
  CREATE TABLE IF NOT EXISTS invitation (hash TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, roles TEXT NOT NULL,
    ward TEXT NOT NULL, made_ms INTEGER NOT NULL, inviter TEXT NOT NULL DEFAULT '') STRICT;
  CREATE TABLE IF NOT EXISTS session (hash TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    opened_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS claim (id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${FORMAT_VERSION};
`;

function refuseReadable(path: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) throw new DashboardError('CREDENTIAL_READABLE', 'accounts.db');
  } finally {
    closeSync(file);
  }
}
