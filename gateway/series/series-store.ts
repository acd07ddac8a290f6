// SPDX-License-Identifier: Apache-2.0
/** The embedded series store: sealed envelopes in one SQLite file, keyed by stream tag, epoch and number. Nothing else is in it. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { EpochPlace, SeriesPoint } from '../record/outbox-store.ts';
import type { SeriesBackend, WriteOutcome } from './series-backend.ts';

/** A reader waits so long while the writer makes or recovers the file. */
const READER_PATIENCE_MS = 5_000;
const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE point (id INTEGER PRIMARY KEY, tag BLOB NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, envelope BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX point_key ON point (tag, epoch, number);
`;

/** Opens the file when it is first needed, and anew after every failure. Blocks its thread: it belongs in a worker. */
export class SeriesStore implements SeriesBackend {
  readonly #path: string;
  #writer: DatabaseSync | undefined;
  #reader: DatabaseSync | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Stores points in one transaction; after it they are durable. */
  async write(points: readonly SeriesPoint[]): Promise<WriteOutcome[]> {
    try {
      this.#writer ??= openForWriting(this.#path);
      return writeAll(this.#writer, points);
    } catch (error) {
      this.#writer?.close();
      this.#writer = undefined;
      throw error;
    }
  }

  /** A file that is not there yet holds nothing. */
  async read({ tag, epoch }: EpochPlace, first: number, last: number): Promise<ReadonlyMap<number, Uint8Array>> {
    this.#reader ??= openForReading(this.#path);
    if (!this.#reader) return new Map();
    const rows = this.#reader
      .prepare('SELECT number, envelope FROM point WHERE tag = ? AND epoch = ? AND number BETWEEN ? AND ?')
      .all(tag, epoch, first, last);
    return new Map(rows.map((row) => [Number(row['number']), row['envelope'] as Uint8Array]));
  }

  [Symbol.dispose](): void {
    this.#writer?.close();
    this.#reader?.close();
    this.#writer = undefined;
    this.#reader = undefined;
  }
}

function openForWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  if (versionOf(database) === 0) database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  return database;
}

/** Undefined while there is no file, or one that its writer is still making: without its table it holds nothing either. */
function openForReading(path: string): DatabaseSync | undefined {
  if (!existsSync(path)) return undefined;
  const database = new DatabaseSync(path, { readOnly: true, timeout: READER_PATIENCE_MS });
  if (versionOf(database) > 0) return database;
  database.close();
  return undefined;
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function writeAll(database: DatabaseSync, points: readonly SeriesPoint[]): WriteOutcome[] {
  const insert = database.prepare('INSERT OR IGNORE INTO point (tag, epoch, number, envelope) VALUES (?, ?, ?, ?)');
  const select = database.prepare('SELECT envelope FROM point WHERE tag = ? AND epoch = ? AND number = ?');
  database.exec('BEGIN IMMEDIATE');
  const outcomes = points.map(({ tag, epoch, number, envelope }): WriteOutcome => {
    if (insert.run(tag, epoch, number, envelope).changes > 0) return 'stored';
    const there = select.get(tag, epoch, number)?.['envelope'] as Uint8Array;
    return Buffer.compare(there, envelope) === 0 ? 'stored' : 'conflict';
  });
  // Commit point: when COMMIT returns, the points are on the disk.
  database.exec('COMMIT');
  return outcomes;
}
