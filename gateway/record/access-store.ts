// SPDX-License-Identifier: Apache-2.0
/** Who read what (I10): sealed under the gateway's store key here, committed to by an entry of the log, both in one transaction. */
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  type AccessEntry,
  type AccessRecord,
  type AccessTerms,
  XAES_NONCE_BYTES,
  xaesOpen,
  xaesSeal,
} from '../../ledger/index.ts';
import type { OutboxStore } from './outbox-store.ts';

/** Entries given back at once, the newest first. */
const MAX_LISTED = 1000;

export interface LoggedAccess extends Omit<AccessRecord, 'terms'> {
  /** 32 hex digits. */
  readonly id: string;
  /** Whether it was released, and as whom the reader came; absent in entries of older versions. */
  readonly decision?: AccessTerms['decision'];
  readonly reader?: AccessTerms['reader'];
  /** Its entry is number `outbox - 1` of the log. */
  readonly outbox: number;
}

/** An access with its entry for the log. */
export interface MadeAccess {
  readonly access: AccessRecord;
  readonly made: Pick<AccessEntry, 'id' | 'entry'>;
  /** 16 bytes: with it, what is kept here shows to be what the entry commits to. */
  readonly salt: Uint8Array;
}

export class AccessStore {
  readonly #database: DatabaseSync;
  readonly #outbox: OutboxStore;
  readonly #key: KeyObject;
  readonly #random: (length: number) => Uint8Array;

  /** `key`: the gateway's store key. */
  constructor(database: DatabaseSync, outbox: OutboxStore, key: KeyObject, random: (length: number) => Uint8Array) {
    this.#database = database;
    this.#outbox = outbox;
    this.#key = key;
    this.#random = random;
  }

  /** Inside the caller's transaction; when that commits, the access is on record and what it asks for may be released. */
  add({ access: { terms, ...rest }, made: { id, entry }, salt }: MadeAccess): LoggedAccess {
    const access = terms ? { ...rest, decision: terms.decision, reader: terms.reader } : rest;
    const outbox = this.#outbox.addEntry(entry);
    const nonce = this.#random(XAES_NONCE_BYTES);
    const plain = Buffer.from(JSON.stringify({ ...access, salt: Buffer.from(salt).toString('hex') }));
    const sealed = Buffer.concat([nonce, xaesSeal(this.#key, nonce, plain, id)]);
    this.#database
      .prepare('INSERT INTO access VALUES (?, ?, ?, ?, ?)')
      .run(id, Buffer.from(access.stay, 'hex'), Math.round(access.atMs), outbox, sealed);
    return { ...access, id: Buffer.from(id).toString('hex'), outbox };
  }

  /** Accesses to a stay, the newest first. */
  of(stay: string): LoggedAccess[] {
    const rows = this.#database
      .prepare('SELECT id, outbox, sealed FROM access WHERE stay = ? ORDER BY at_ms DESC LIMIT ?')
      .all(Buffer.from(stay, 'hex'), MAX_LISTED);
    return rows.map((row) => {
      const [id, sealed] = [row['id'] as Uint8Array, row['sealed'] as Uint8Array];
      const nonce = sealed.subarray(0, XAES_NONCE_BYTES);
      const plain = xaesOpen(this.#key, nonce, sealed.subarray(XAES_NONCE_BYTES), id);
      const { salt: _salt, ...access } = JSON.parse(Buffer.from(plain).toString()) as LoggedAccess & { salt: string };
      return { ...access, id: Buffer.from(id).toString('hex'), outbox: Number(row['outbox']) };
    });
  }
}
