// SPDX-License-Identifier: Apache-2.0
/**
 * The embedded series store: sealed envelopes in one SQLite file, keyed by stream tag, epoch and number. Nothing else is in it,
 * so it is not trusted: whoever alters it is found out by signature, seal and tree. Writing the same point twice is one point.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SeriesPoint } from '../record/outbox-store.ts';

/** What came of one point: stored (now or before), or in conflict with other bytes under the same coordinates. */
export type WriteOutcome = 'stored' | 'conflict';

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE point (id INTEGER PRIMARY KEY, tag BLOB NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, envelope BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX point_key ON point (tag, epoch, number);
`;

export class SeriesStore implements Disposable {
  readonly #database: DatabaseSync;

  constructor(path: string, readOnly = false) {
    this.#database = new DatabaseSync(path, { readOnly });
    if (readOnly) return;
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version === 0) this.#database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  }

  /** Stores points in one transaction; the answer has one outcome a point. After it the points are durable. */
  write(points: readonly SeriesPoint[]): WriteOutcome[] {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO point (tag, epoch, number, envelope) VALUES (?, ?, ?, ?)');
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = points.map(({ tag, epoch, number, envelope }): WriteOutcome => {
        if (insert.run(tag, epoch, number, envelope).changes > 0) return 'stored';
        const there = this.read(tag, epoch, number);
        return there && Buffer.compare(there, envelope) === 0 ? 'stored' : 'conflict';
      });
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  read(tag: Uint8Array, epoch: number, number: number): Uint8Array | undefined {
    const row = this.#database.prepare('SELECT envelope FROM point WHERE tag = ? AND epoch = ? AND number = ?').get(tag, epoch, number);
    return row?.['envelope'] as Uint8Array | undefined;
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM point').get()?.['n']);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
