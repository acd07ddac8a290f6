// SPDX-License-Identifier: Apache-2.0
/**
 * Groups of rows in the journal: one sealed block a group, under the key of its day. Runs in the journal worker. A group that nobody
 * needs any more is overwritten, not deleted: a commit of a few readings then writes one page of the file instead of four.
 */
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { XAES_NONCE_BYTES, xaesKey, xaesOpen, xaesSeal } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import { type GroupContent, type OpenedContent, packGroup, unpackGroup } from './group-codec.ts';
import type { JournalRow } from './rows.ts';

/** A group as it comes back: its rows have the insertion sequences from `first` on. */
export interface OpenedGroup extends OpenedContent {
  readonly first: number;
}

const DAY_KEY_BYTES = 32;
/** The slots begin again at 1 as soon as that one is free, but not before so many. */
const MIN_SLOTS = 256;
/** Slots beyond these, which a store that was away for long has left behind, are given back to SQLite, so many at a time. */
const KEPT_SLOTS = 16_384;
const TRIMMED_AT_ONCE = 64;

export class GroupStore {
  readonly #database: DatabaseSync;
  readonly #storeKey: KeyObject;
  readonly #random: (length: number) => Uint8Array;
  readonly #dayKeys = new Map<string, KeyObject>();
  /** Rows up to here are needed by nobody: their slots are free. */
  #retired = 0;
  /** Rows up to here were there when a cursor moved last: as many must be found. */
  #promised = 0;
  #newest = 0;
  /** Slot of the newest group, and the highest there is. */
  #slot = 0;
  #top = 0;

  constructor(database: DatabaseSync, storeKey: KeyObject, random: (length: number) => Uint8Array) {
    this.#database = database;
    this.#storeKey = storeKey;
    this.#random = random;
  }

  /** Takes its bearings from what is on disk: at the start, and after a transaction that was rolled back. */
  open(): void {
    this.#dayKeys.clear();
    const one = (sql: string) => this.#database.prepare(sql).get() ?? {};
    const retired = one('SELECT up_to, newest FROM journal_retired');
    this.#retired = Number(retired['up_to'] ?? 0);
    this.#promised = Number(retired['newest'] ?? 0);
    const newest = one('SELECT slot, last FROM journal_group ORDER BY last DESC LIMIT 1');
    this.#newest = Math.max(Number(newest['last'] ?? 0), this.#promised);
    this.#slot = Number(newest['slot'] ?? 0);
    this.#top = Number(one('SELECT max(slot) AS top FROM journal_group')['top'] ?? 0);
  }

  /** Insertion sequence of the newest row, 0 if there never was one: it goes on after rows have left. */
  newest(): number {
    return this.#newest;
  }

  /** How many rows somebody still needs. */
  get needed(): number {
    return this.#newest - this.#retired;
  }

  /** Adds one group inside the caller's transaction; `first` is the insertion sequence of the first of its `count` rows. */
  insert(first: number, count: number, content: GroupContent, wardMs: number): void {
    const day = new Date(wardMs).toISOString().slice(0, 10);
    const last = first + count - 1;
    const nonce = this.#random(XAES_NONCE_BYTES);
    const sealed = xaesSeal(this.#dayKey(day), nonce, packGroup(content), groupAad(first, last));
    this.#slot = this.#freeSlot();
    this.#database
      .prepare('INSERT OR REPLACE INTO journal_group VALUES (?, ?, ?, ?, ?, ?)')
      .run(this.#slot, first, last, day, nonce, sealed);
    this.#top = Math.max(this.#top, this.#slot);
    this.#newest = last;
  }

  /** Every group with a row after `after` that has not retired, oldest first. Throws JOURNAL_DAMAGED naming the rows that do not open, or are missing. */
  *groups(after = 0): Generator<OpenedGroup> {
    const slots = this.#database
      .prepare('SELECT slot FROM journal_group WHERE last > max(?, (SELECT up_to FROM journal_retired)) ORDER BY first')
      .iterate(after);
    const get = this.#database.prepare('SELECT * FROM journal_group WHERE slot = ?');
    const passedOver = Math.max(after, this.#retired);
    let end = 0;
    for (const { slot } of slots) {
      const { first, last, day, nonce, sealed } = get.get(Number(slot)) ?? {};
      // A copy of a group in a second slot would put its readings on record twice.
      if (Number(first) <= end) throw new GatewayError('JOURNAL_DAMAGED', `rows ${first} to ${last} stand twice`);
      // Rows are numbered without a hole. The marks of later groups would call the readings of one that was taken away resends.
      const next = Math.max(end, passedOver) + 1;
      if (Number(first) > next)
        throw new GatewayError('JOURNAL_DAMAGED', `rows ${next} to ${Number(first) - 1} are missing`);
      end = Number(last);
      const opened = this.#open(Number(first), end, String(day), nonce as Uint8Array, sealed as Uint8Array);
      yield { first: Number(first), ...opened };
    }
    if (Math.max(end, passedOver) < this.#promised)
      throw new GatewayError(
        'JOURNAL_DAMAGED',
        `rows ${Math.max(end, passedOver) + 1} to ${this.#promised} are missing`,
      );
  }

  /**
   * Lets go of the rows that nobody needs (all up to `upTo`), and destroys the keys of days that have none left. Inside the caller's
   * transaction; true if a row has gone.
   */
  retire(upTo: number, wardMs: number): boolean {
    const before = this.#retired;
    this.#retired = Math.max(before, upTo);
    this.#promised = this.#newest;
    this.#database.prepare('UPDATE journal_retired SET up_to = ?, newest = ?').run(this.#retired, this.#promised);
    const today = new Date(wardMs).toISOString().slice(0, 10);
    const days = this.#database
      .prepare(
        `DELETE FROM journal_day WHERE day <> ?
         AND NOT EXISTS (SELECT 1 FROM journal_group WHERE day = journal_day.day AND last > ?) RETURNING day`,
      )
      .all(today, this.#retired);
    for (const { day } of days) this.#dayKeys.delete(String(day));
    this.#trim();
    return this.#retired > before;
  }

  /** The next slot in turn, the first once that is free; a slot that is still needed is passed over by adding one at the end. */
  #freeSlot(): number {
    if (this.#slot >= MIN_SLOTS && this.#isFree(1)) return 1;
    return this.#isFree(this.#slot + 1) ? this.#slot + 1 : this.#top + 1;
  }

  #isFree(slot: number): boolean {
    const row = this.#database.prepare('SELECT last FROM journal_group WHERE slot = ?').get(slot);
    return row === undefined || Number(row['last']) <= this.#retired;
  }

  #trim(): void {
    if (this.#top <= KEPT_SLOTS || this.#slot > KEPT_SLOTS) return;
    this.#database
      .prepare('DELETE FROM journal_group WHERE slot > max(?, ?) AND last <= ?')
      .run(KEPT_SLOTS, this.#top - TRIMMED_AT_ONCE, this.#retired);
    this.#top = Number(this.#database.prepare('SELECT max(slot) AS top FROM journal_group').get()?.['top']);
  }

  #open(first: number, last: number, day: string, nonce: Uint8Array, sealed: Uint8Array): OpenedContent {
    try {
      const opened = unpackGroup(xaesOpen(this.#dayKey(day), nonce, sealed, groupAad(first, last)));
      if (opened.rows.length !== last - first + 1)
        throw new GatewayError('JOURNAL_DAMAGED', 'a group of another length');
      return opened;
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

/** The rows of a group with their insertion sequences. */
export function numberedRows({ first, rows }: OpenedGroup): { sequence: number; row: JournalRow }[] {
  return rows.map((row, i) => ({ sequence: first + i, row }));
}
