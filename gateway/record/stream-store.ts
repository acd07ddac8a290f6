// SPDX-License-Identifier: Apache-2.0
/** Streams (stay x class) with their chain, and their epochs with the wrapped keys. Written only with the batches that move them. */
import type { DatabaseSync } from 'node:sqlite';
import type { StreamClass } from '../../ledger/index.ts';

export interface Stream {
  readonly id: number;
  readonly stay: string;
  readonly streamClass: StreamClass;
  /** Running number of the next batch, over all epochs. */
  readonly running: number;
  /** SHA-256(S) of the last batch, 32 zero bytes at first. */
  readonly previous: Uint8Array;
  /** Insertion sequence of the last journal row that stands in a batch: the record's cursor for this stream. */
  readonly recorded: number;
}

export interface Epoch {
  readonly stream: number;
  readonly epoch: number;
  readonly tag: Uint8Array;
  readonly openedMs: number;
  readonly closedMs: number | null;
  /** Number of the next batch in this epoch. */
  readonly next: number;
  readonly keyRecord: Uint8Array;
}

export class StreamStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  streams(): Stream[] {
    return this.#database.prepare('SELECT * FROM stream').all().map(streamOf);
  }

  streamsOf(stay: string): Stream[] {
    return this.#database.prepare('SELECT * FROM stream WHERE stay = ?').all(Buffer.from(stay, 'hex')).map(streamOf);
  }

  /** Makes the stream of a stay if there is none yet; inside the caller's transaction. */
  ensure(stay: string, streamClass: StreamClass): Stream {
    const id = Buffer.from(stay, 'hex');
    this.#database
      .prepare('INSERT OR IGNORE INTO stream (stay, class, running, previous, recorded) VALUES (?, ?, 0, ?, 0)')
      .run(id, streamClass, new Uint8Array(32));
    return streamOf(
      this.#database.prepare('SELECT * FROM stream WHERE stay = ? AND class = ?').get(id, streamClass) ?? {},
    );
  }

  /** Moves a stream on after a batch; inside the caller's transaction. */
  advance(stream: number, running: number, previous: Uint8Array, recorded: number): void {
    this.#database
      .prepare('UPDATE stream SET running = ?, previous = ?, recorded = ? WHERE id = ?')
      .run(running, previous, recorded, stream);
  }

  newestEpoch(stream: number): Epoch | undefined {
    const row = this.#database.prepare('SELECT * FROM epoch WHERE stream = ? ORDER BY epoch DESC LIMIT 1').get(stream);
    return row && epochOf(row);
  }

  epochs(stream: number): Epoch[] {
    return this.#database.prepare('SELECT * FROM epoch WHERE stream = ? ORDER BY epoch').all(stream).map(epochOf);
  }

  openEpochs(): Epoch[] {
    return this.#database.prepare('SELECT * FROM epoch WHERE closed_ms IS NULL').all().map(epochOf);
  }

  /** How often all epochs were ended before their time. */
  rotations(): number {
    return Number(this.#database.prepare('SELECT count(*) AS count FROM rotation').get()?.['count']);
  }

  /** Inside the caller's transaction. */
  addRotation(atMs: number): void {
    this.#database.prepare('INSERT INTO rotation VALUES (?)').run(Math.round(atMs));
  }

  /** Open epochs of stays that have ended, and those that were opened at `openedMs` or before. */
  expiredEpochs(openedMs: number): { stay: string; epoch: Epoch }[] {
    const rows = this.#database
      .prepare(
        `SELECT e.*, s.stay FROM epoch e JOIN stream s ON s.id = e.stream JOIN stay t ON t.id = s.stay
         WHERE e.closed_ms IS NULL AND (t.closed_ms IS NOT NULL OR e.opened_ms <= ?)`,
      )
      .all(Math.floor(openedMs));
    return rows.map((row) => ({
      stay: Buffer.from(row['stay'] as Uint8Array).toString('hex'),
      epoch: epochOf(row),
    }));
  }

  /** Puts a new epoch, or the moved one; inside the caller's transaction. */
  putEpoch(epoch: Epoch): void {
    this.#database
      .prepare(
        'INSERT INTO epoch VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET closed_ms = excluded.closed_ms, next = excluded.next, key_record = excluded.key_record',
      )
      .run(
        epoch.stream,
        epoch.epoch,
        epoch.tag,
        Math.round(epoch.openedMs),
        epoch.closedMs === null ? null : Math.round(epoch.closedMs),
        epoch.next,
        epoch.keyRecord,
      );
  }
}

function streamOf(row: Record<string, unknown>): Stream {
  return {
    id: Number(row['id']),
    stay: Buffer.from(row['stay'] as Uint8Array).toString('hex'),
    streamClass: row['class'] as StreamClass,
    running: Number(row['running']),
    previous: row['previous'] as Uint8Array,
    recorded: Number(row['recorded']),
  };
}

function epochOf(row: Record<string, unknown>): Epoch {
  return {
    stream: Number(row['stream']),
    epoch: Number(row['epoch']),
    tag: row['tag'] as Uint8Array,
    openedMs: Number(row['opened_ms']),
    closedMs: row['closed_ms'] === null ? null : Number(row['closed_ms']),
    next: Number(row['next']),
    keyRecord: row['key_record'] as Uint8Array,
  };
}
