// SPDX-License-Identifier: Apache-2.0
/**
 * Notices whoever changes what lies open in journal.db: cursors, marks, links, streams, what waits in the outbox. A sum over all rows of
 * each table is kept sealed, moves with every transaction, and is counted again at the start. Runs in the journal worker.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { SQLInputValue } from 'node:sqlite';
import { encodeCbor, XAES_NONCE_BYTES, xaesOpen, xaesSeal } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { JournalDatabase, TransactionWatcher } from './journal-database.ts';

interface Guarded {
  readonly table: string;
  /** Rows that count; all if it is left out. `{}` stands for the name of the row. */
  readonly where?: string;
  /** Columns that say for themselves whether they were changed. */
  readonly without?: readonly string[];
}

/** The order is that of the sums. Groups, their days, accesses and records are sealed or committed to one by one. */
const GUARDED: readonly Guarded[] = [
  { table: 'boot' },
  { table: 'journal_retired' },
  { table: 'mark' },
  { table: 'progress' },
  { table: 'stay' },
  { table: 'stay_bed' },
  { table: 'link' },
  { table: 'stream' },
  { table: 'epoch' },
  { table: 'rotation' },
  // Of years of entries only those that wait: the log, the chain and the store have the others. An envelope is signed.
  { table: 'outbox', where: '({}.stored = 0 OR {}.sequenced = 0)', without: ['envelope'] },
];

const SUM_BYTES = 32;
const MODULUS = 1n << BigInt(8 * SUM_BYTES);
const AAD = Buffer.from('lamplight/journal-guard/1');
const ROW_LABEL = 'lamplight/journal-row/1\0';

export class GuardStore implements TransactionWatcher {
  readonly #database: JournalDatabase;
  readonly #storeKey: KeyObject;
  readonly #random: (length: number) => Uint8Array;
  /** By table: the sum of its rows, modulo 2^256. Added, not XORed: a row that stands twice must count twice. */
  #sums = new Map<string, bigint>();
  /** As they were before the transaction that is open, if it changed any. */
  #before: Map<string, bigint> | undefined;

  constructor(database: JournalDatabase, storeKey: KeyObject, random: (length: number) => Uint8Array) {
    this.#database = database;
    this.#storeKey = storeKey;
    this.#random = random;
  }

  /** Counts what is there, and watches every change from now on. Throws JOURNAL_DAMAGED naming the table that is not as it was left. */
  open(): void {
    this.#database.function('guard_enters', { varargs: true }, (table, ...row) => this.#move(table, row, 1n));
    this.#database.function('guard_leaves', { varargs: true }, (table, ...row) => this.#move(table, row, -1n));
    for (const guarded of GUARDED) this.#database.exec(this.#counting(guarded));
    const sealed = this.#database.prepare('SELECT sealed FROM journal_guard').get()?.['sealed'] as
      | Uint8Array
      | undefined;
    if (sealed) this.#compare(sealed);
    else this.#begin();
    this.#assertInStep();
    this.#before = undefined;
    for (const guarded of GUARDED) this.#database.exec(this.#triggers(guarded));
    this.#database.watcher = this;
  }

  /** The sums go to the disk with what moved them. */
  beforeCommit(): void {
    if (this.#before) this.#database.prepare('UPDATE journal_guard SET sealed = ?').run(this.#sealed());
  }

  committed(): void {
    this.#before = undefined;
  }

  rolledBack(): void {
    this.#sums = this.#before ?? this.#sums;
    this.#before = undefined;
  }

  /** A row enters or leaves. The sums are sealed because who saw them could solve for other rows with the same one. */
  #move(table: SQLInputValue, row: readonly SQLInputValue[], sign: bigint): null {
    this.#before ??= new Map(this.#sums);
    const bytes = encodeCbor([table as string, ...(row as (string | number | Uint8Array | null)[])]);
    const mac = createHmac('sha256', this.#storeKey).update(ROW_LABEL).update(bytes).digest('hex');
    const sum = (this.#sums.get(String(table)) ?? 0n) + sign * BigInt(`0x${mac}`);
    this.#sums.set(String(table), BigInt.asUintN(8 * SUM_BYTES, sum % MODULUS));
    return null;
  }

  #compare(sealed: Uint8Array): void {
    const nonce = sealed.subarray(0, XAES_NONCE_BYTES);
    let kept: Uint8Array;
    try {
      kept = xaesOpen(this.#storeKey, nonce, sealed.subarray(XAES_NONCE_BYTES), AAD);
    } catch (cause) {
      throw new GatewayError('JOURNAL_DAMAGED', 'the sums of its tables', { cause });
    }
    const found = this.#bytes();
    const changed = GUARDED.filter((_, i) => {
      const [from, to] = [i * SUM_BYTES, (i + 1) * SUM_BYTES];
      return Buffer.compare(kept.subarray(from, to), found.subarray(from, to)) !== 0;
    });
    if (changed.length > 0)
      throw new GatewayError('JOURNAL_DAMAGED', `table ${changed.map(({ table }) => table).join(', ')}`);
  }

  /** Sums of an older moment that were put back with their tables: a stream ends before its newest batch. */
  #assertInStep(): void {
    const stream = this.#database
      .prepare(
        `SELECT id FROM stream s WHERE previous IS NOT coalesce(
           (SELECT substr(entry, -32) FROM outbox WHERE number = (SELECT max(number) FROM outbox WHERE stream = s.id)), zeroblob(32))`,
      )
      .get();
    if (stream) throw new GatewayError('JOURNAL_DAMAGED', `stream ${stream['id']} does not end in its newest batch`);
  }

  /** A journal without sums is a new one, or somebody took them away. */
  #begin(): void {
    const rows = ['journal_group', 'outbox', ...GUARDED.map(({ table }) => table)].filter(
      (table) => table !== 'journal_retired',
    );
    const isNew = rows.every((table) => this.#database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined);
    if (!isNew) throw new GatewayError('JOURNAL_DAMAGED', 'the sums of its tables are missing');
    this.#database.prepare('INSERT INTO journal_guard VALUES (?)').run(this.#sealed());
  }

  #bytes(): Buffer {
    const text = GUARDED.map(({ table }) => (this.#sums.get(table) ?? 0n).toString(16).padStart(2 * SUM_BYTES, '0'));
    return Buffer.from(text.join(''), 'hex');
  }

  #sealed(): Uint8Array {
    const nonce = this.#random(XAES_NONCE_BYTES);
    return Buffer.concat([nonce, xaesSeal(this.#storeKey, nonce, this.#bytes(), AAD)]);
  }

  #counting(guarded: Guarded): string {
    const { table, where = '1' } = guarded;
    return `SELECT ${this.#call('enters', guarded, table)} FROM ${table} WHERE ${where.replaceAll('{}', table)}`;
  }

  /** Temporary ones: they are this connection's, and nobody can take them out of the file. */
  #triggers(guarded: Guarded): string {
    const { table, where = '1' } = guarded;
    const trigger = (event: string, row: 'NEW' | 'OLD') => {
      const move = row === 'NEW' ? 'enters' : 'leaves';
      return `CREATE TEMP TRIGGER guard_${table}_${event}_${move} AFTER ${event} ON main.${table}
        WHEN ${where.replaceAll('{}', row)} BEGIN SELECT ${this.#call(move, guarded, row)}; END;`;
    };
    return trigger('INSERT', 'NEW') + trigger('DELETE', 'OLD') + trigger('UPDATE', 'OLD') + trigger('UPDATE', 'NEW');
  }

  #call(move: 'enters' | 'leaves', { table, without = [] }: Guarded, row: string): string {
    const columns = this.#database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    const kept = columns.map(({ name }) => String(name)).filter((name) => !without.includes(name));
    return `guard_${move}('${table}', ${kept.map((name) => `${row}.${name}`).join(', ')})`;
  }
}
