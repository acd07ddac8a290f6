// SPDX-License-Identifier: Apache-2.0
/**
 * The outbox: what was sealed once and is only ever re-sent. Numbers run from 1 without a hole; entry n is entry n - 1 of the
 * log. A row stays as the index of its batch; its envelope leaves once it is stored and sequenced.
 */
import type { DatabaseSync } from 'node:sqlite';

/** A batch as it enters the outbox. */
export interface NewBatch {
  readonly stream: number;
  readonly epoch: number;
  /** Number of the batch in its epoch. */
  readonly batch: number;
  /** Insertion sequence of its oldest row. */
  readonly first: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly entry: Uint8Array;
  readonly envelope: Uint8Array;
}

/** Where the batches of one epoch lie in a series store. */
export interface EpochPlace {
  readonly tag: Uint8Array;
  readonly epoch: number;
  /** Start of the epoch, whole ward ms since 1970. */
  readonly epochStartMs: number;
}

/** What the series store gets: an opaque envelope under opaque coordinates. */
export interface SeriesPoint extends EpochPlace {
  readonly outbox: number;
  /** Of the batch in its epoch. */
  readonly number: number;
  readonly envelope: Uint8Array;
}

export class OutboxStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Inside the caller's transaction; gives the outbox number. */
  addBatch(batch: NewBatch): number {
    const number = this.#nextNumber();
    const { stream, epoch, first, fromMs, toMs, entry, envelope } = batch;
    this.#database
      .prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)')
      .run(number, stream, epoch, batch.batch, first, Math.round(fromMs), Math.round(toMs), entry, envelope);
    return number;
  }

  /** An entry for the log alone (a heartbeat); inside the caller's transaction. */
  addEntry(entry: Uint8Array): number {
    const number = this.#nextNumber();
    this.#database
      .prepare('INSERT INTO outbox VALUES (?, NULL, NULL, NULL, NULL, NULL, NULL, ?, NULL, 1, 0)')
      .run(number, entry);
    return number;
  }

  /** The oldest that wait, at most `limit` of them and `maxBytes` of envelopes, but always one if there is one. */
  unstored(limit: number, maxBytes: number): SeriesPoint[] {
    const rows = this.#database
      .prepare(
        `SELECT o.number, o.epoch, o.batch, o.envelope, e.tag, e.opened_ms FROM outbox o JOIN epoch e ON e.stream = o.stream AND e.epoch = o.epoch
         WHERE o.stored = 0 AND (o.stored = 0 OR o.sequenced = 0) ORDER BY o.number LIMIT ?`,
      )
      .iterate(limit);
    const points: SeriesPoint[] = [];
    let bytes = 0;
    for (const row of rows) {
      const envelope = row['envelope'] as Uint8Array;
      bytes += envelope.length;
      if (points.length > 0 && bytes > maxBytes) break;
      points.push({
        outbox: Number(row['number']),
        tag: row['tag'] as Uint8Array,
        epoch: Number(row['epoch']),
        number: Number(row['batch']),
        epochStartMs: Number(row['opened_ms']),
        envelope,
      });
    }
    return points;
  }

  /** Entries with a number above `after`, oldest first, whatever became of them. */
  entriesAfter(after: number, limit: number): { outbox: number; entry: Uint8Array }[] {
    const rows = this.#database
      .prepare('SELECT number, entry FROM outbox WHERE number > ? ORDER BY number LIMIT ?')
      .all(after, limit);
    return rows.map((row) => ({ outbox: Number(row['number']), entry: row['entry'] as Uint8Array }));
  }

  /** Those of them that are not sequenced under a durable head, as far as the cursor says. */
  unsequenced(after: number, limit: number): { outbox: number; entry: Uint8Array }[] {
    const rows = this.#database
      .prepare(
        'SELECT number, entry FROM outbox WHERE sequenced = 0 AND (stored = 0 OR sequenced = 0) AND number > ? ORDER BY number LIMIT ?',
      )
      .all(after, limit);
    return rows.map((row) => ({ outbox: Number(row['number']), entry: row['entry'] as Uint8Array }));
  }

  /** The store has other bytes there, or does not take ours: they stay in the outbox and are not sent again. Inside the caller's transaction. */
  markSetAside(numbers: readonly number[]): void {
    const mark = this.#database.prepare('UPDATE outbox SET stored = 2 WHERE number = ?');
    for (const number of numbers) mark.run(number);
  }

  /** Once a start: somebody may have mended the store. Inside the caller's transaction. */
  retrySetAside(): void {
    this.#database.exec('UPDATE outbox SET stored = 0 WHERE stored = 2');
  }

  /** Stored in the series store; inside the caller's transaction. The envelope leaves with the second of the two marks. */
  markStored(numbers: readonly number[]): void {
    const mark = this.#database.prepare(
      'UPDATE outbox SET stored = 1, envelope = CASE WHEN sequenced = 1 THEN NULL ELSE envelope END WHERE number = ?',
    );
    for (const number of numbers) mark.run(number);
  }

  /** Sequenced in the log under a durable head, up to and including `number`; inside the caller's transaction. */
  markSequenced(upTo: number): void {
    this.#database
      .prepare(
        `UPDATE outbox SET sequenced = 1, envelope = CASE WHEN stored = 1 THEN NULL ELSE envelope END
         WHERE sequenced = 0 AND (stored = 0 OR sequenced = 0) AND number <= ?`,
      )
      .run(upTo);
  }

  /** Insertion sequence of the oldest row whose batch is not yet stored and sequenced; undefined if all are. */
  oldestWaitingRow(): number | undefined {
    const row = this.#database
      .prepare('SELECT min(first) AS first FROM outbox WHERE (stored = 0 OR sequenced = 0) AND first IS NOT NULL')
      .get();
    return row?.['first'] == null ? undefined : Number(row['first']);
  }

  /** How many are waiting, for the lag metrics. */
  waiting(): { unstored: number; unsequenced: number; newest: number } {
    const row = this.#database
      .prepare(
        'SELECT coalesce(sum(stored = 0), 0) AS u, coalesce(sum(sequenced = 0), 0) AS s FROM outbox WHERE stored = 0 OR sequenced = 0',
      )
      .get();
    return { unstored: Number(row?.['u']), unsequenced: Number(row?.['s']), newest: this.#nextNumber() - 1 };
  }

  /** Batches of a stream that may hold readings of [fromMs, toMs], in order; `envelope` only while it has not left. */
  overlapping(
    stream: number,
    fromMs: number,
    toMs: number,
  ): { outbox: number; epoch: number; batch: number; envelope: Uint8Array | null }[] {
    const rows = this.#database
      .prepare(
        'SELECT number, epoch, batch, envelope FROM outbox WHERE stream = ? AND to_ms >= ? AND from_ms <= ? ORDER BY number',
      )
      .all(stream, Math.floor(fromMs), Math.ceil(toMs));
    return rows.map((row) => ({
      outbox: Number(row['number']),
      epoch: Number(row['epoch']),
      batch: Number(row['batch']),
      envelope: row['envelope'] as Uint8Array | null,
    }));
  }

  #nextNumber(): number {
    return Number(this.#database.prepare('SELECT coalesce(max(number), 0) + 1 AS next FROM outbox').get()?.['next']);
  }
}
