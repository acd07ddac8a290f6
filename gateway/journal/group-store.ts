// SPDX-License-Identifier: Apache-2.0
/** Groups of rows in the journal: one sealed blob a group, under the key of its day. Runs in the journal worker. */
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { XAES_NONCE_BYTES, xaesKey, xaesOpen, xaesSeal } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import { decodeRows, type JournalRow } from './rows.ts';

const DAY_KEY_BYTES = 32;

export class GroupStore {
  readonly #database: DatabaseSync;
  readonly #storeKey: KeyObject;
  readonly #random: (length: number) => Uint8Array;
  readonly #dayKeys = new Map<string, KeyObject>();

  constructor(database: DatabaseSync, storeKey: KeyObject, random: (length: number) => Uint8Array) {
    this.#database = database;
    this.#storeKey = storeKey;
    this.#random = random;
  }

  /** Insertion sequence of the newest row, 0 if there never was one: it goes on after rows have left. */
  newest(): number {
    const row = this.#database
      .prepare(
        'SELECT max(max(coalesce((SELECT max(last) FROM journal_group), 0)), coalesce((SELECT max(recorded) FROM stream), 0)) AS newest',
      )
      .get();
    return Number(row?.['newest'] ?? 0);
  }

  /** Insertion sequence of the oldest row that is still here; undefined when there is none. */
  oldest(): number | undefined {
    const row = this.#database.prepare('SELECT min(first) AS oldest FROM journal_group').get();
    return row?.['oldest'] == null ? undefined : Number(row['oldest']);
  }

  /** Adds one group inside the caller's transaction; `first` is the insertion sequence of its first row. */
  insert(first: number, count: number, rows: Uint8Array, wardMs: number): void {
    const day = new Date(wardMs).toISOString().slice(0, 10);
    const last = first + count - 1;
    const nonce = this.#random(XAES_NONCE_BYTES);
    const sealed = xaesSeal(this.#dayKey(day), nonce, rows, groupAad(first, last));
    this.#database.prepare('INSERT INTO journal_group VALUES (?, ?, ?, ?, ?)').run(first, last, day, nonce, sealed);
  }

  /** Every row after `after`, oldest first. Throws JOURNAL_DAMAGED naming the group that does not open. */
  *after(after: number): Generator<{ sequence: number; row: JournalRow }> {
    const groups = this.#database.prepare('SELECT * FROM journal_group WHERE last > ? ORDER BY first').iterate(after);
    for (const { first, last, day, nonce, sealed } of groups) {
      const rows = this.#open(Number(first), Number(last), String(day), nonce as Uint8Array, sealed as Uint8Array);
      for (const [i, row] of rows.entries()) if (Number(first) + i > after) yield { sequence: Number(first) + i, row };
    }
  }

  /** Removes the groups that nobody needs (all rows up to `upTo`), and destroys the keys of days that have none left. */
  retire(upTo: number, wardMs: number): number {
    const removed = Number(this.#database.prepare('DELETE FROM journal_group WHERE last <= ?').run(upTo).changes);
    const today = new Date(wardMs).toISOString().slice(0, 10);
    const days = this.#database
      .prepare(
        'DELETE FROM journal_day WHERE day <> ? AND day NOT IN (SELECT DISTINCT day FROM journal_group) RETURNING day',
      )
      .all(today);
    for (const { day } of days) this.#dayKeys.delete(String(day));
    return removed;
  }

  /** A rolled back transaction may have rolled back the row of a new day key: forget what is not on disk. */
  forgetKeys(): void {
    this.#dayKeys.clear();
  }

  #open(first: number, last: number, day: string, nonce: Uint8Array, sealed: Uint8Array): JournalRow[] {
    try {
      const rows = decodeRows(xaesOpen(this.#dayKey(day), nonce, sealed, groupAad(first, last)));
      if (rows.length !== last - first + 1) throw new GatewayError('JOURNAL_DAMAGED', 'a group of another length');
      return rows;
    } catch (error) {
      throw new GatewayError('JOURNAL_DAMAGED', `rows ${first} to ${last}`, { cause: error });
    }
  }

  /** The key of a UTC day of the ward clock: random, wrapped by the store key, made at the first commit of the day. */
  #dayKey(day: string): KeyObject {
    const known = this.#dayKeys.get(day);
    if (known) return known;
    const aad = Buffer.from(`lamplight/journal-day/1${day}`);
    const row = this.#database.prepare('SELECT wrapped FROM journal_day WHERE day = ?').get(day);
    let secret: Uint8Array;
    if (row) {
      const wrapped = row['wrapped'] as Uint8Array;
      secret = xaesOpen(this.#storeKey, wrapped.subarray(0, XAES_NONCE_BYTES), wrapped.subarray(XAES_NONCE_BYTES), aad);
    } else {
      secret = this.#random(DAY_KEY_BYTES);
      const nonce = this.#random(XAES_NONCE_BYTES);
      const wrapped = Buffer.concat([nonce, xaesSeal(this.#storeKey, nonce, secret, aad)]);
      this.#database.prepare('INSERT INTO journal_day VALUES (?, ?)').run(day, wrapped);
    }
    const key = xaesKey(secret);
    this.#dayKeys.set(day, key);
    return key;
  }
}

/** Binds a group to its place: groups cannot be swapped. */
function groupAad(first: number, last: number): Uint8Array {
  return Buffer.from(`lamplight/journal-group/1/${first}/${last}`);
}
