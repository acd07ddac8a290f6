// SPDX-License-Identifier: Apache-2.0
/**
 * The one SQLite file of the Fabric client: commands under way, and how far the events were handed over. WAL with synchronous=FULL: what
 * is committed survives a power cut, which is what lets a signed envelope leave.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FabricError } from './errors.ts';

const FILE_NAME = 'fabric.db';
const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, subject TEXT NOT NULL,
    command BLOB NOT NULL, sealed BLOB, state TEXT NOT NULL, attempts INTEGER NOT NULL, next_try_ms INTEGER NOT NULL,
    tx_id TEXT, envelope BLOB, endorsed_ms INTEGER, reply BLOB) STRICT;
  CREATE INDEX outbox_waiting ON outbox (kind, seq) WHERE state = 'queued';
  CREATE TABLE event_position (id INTEGER PRIMARY KEY CHECK (id = 1), block INTEGER NOT NULL, tx_id TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** SQLite's codes for a file that another process has open, that is damaged, and that is no database. */
const UNUSABLE = new Map([
  [5, 'in use'],
  [11, 'damaged'],
  [26, 'damaged'],
]);

/** Opens the file in `directory`, making both if need be, for this process alone. Throws FABRIC_STORE_UNUSABLE. */
export function openFabricDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, FILE_NAME));
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    const why = UNUSABLE.get(Number((error as { errcode?: number }).errcode));
    throw why ? new FabricError('FABRIC_STORE_UNUSABLE', why, { cause: error }) : error;
  }
}

function prepare(database: DatabaseSync): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version !== 0 && version !== SCHEMA_VERSION) throw new FabricError('FABRIC_STORE_UNUSABLE', `version ${version}`);
  if (version === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
}
