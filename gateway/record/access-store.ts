// SPDX-License-Identifier: Apache-2.0
/** Who read what (I10): sealed under the gateway's store key here, committed to by an entry of the log, both in one transaction. */
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type AccessRecord, accessEntry, XAES_NONCE_BYTES, xaesOpen, xaesSeal } from '../../ledger/index.ts';
import type { OutboxStore } from './outbox-store.ts';

const SALT_BYTES = 16;
/** Entries given back at once, the newest first. */
const MAX_LISTED = 1000;

export interface LoggedAccess extends AccessRecord {
  /** 32 hex digits. */
  readonly id: string;
  /** Its entry is number `outbox - 1` of the log. */
  readonly outbox: number;
}

export class AccessStore {
  readonly #database: DatabaseSync;
  readonly #outbox: OutboxStore;
  /** The organisation that the gateway speaks for in the ledger. */
  readonly #org: string;
  readonly #keys: { readonly store: KeyObject; readonly signing: KeyObject };
  readonly #random: (length: number) => Uint8Array;

  constructor(
    database: DatabaseSync,
    outbox: OutboxStore,
    org: string,
    keys: { store: KeyObject; signing: KeyObject },
    random: (length: number) => Uint8Array,
  ) {
    this.#database = database;
    this.#outbox = outbox;
    this.#org = org;
    this.#keys = keys;
    this.#random = random;
  }

  /** Inside the caller's transaction; when that commits, the access is on record and what it asks for may be released. */
  add(access: AccessRecord): LoggedAccess {
    const salt = this.#random(SALT_BYTES);
    const { id, entry } = accessEntry(access, this.#org, this.#keys.signing, salt);
    const outbox = this.#outbox.addEntry(entry);
    const nonce = this.#random(XAES_NONCE_BYTES);
    const plain = Buffer.from(JSON.stringify({ ...access, salt: Buffer.from(salt).toString('hex') }));
    const sealed = Buffer.concat([nonce, xaesSeal(this.#keys.store, nonce, plain, id)]);
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
      const plain = xaesOpen(
        this.#keys.store,
        sealed.subarray(0, XAES_NONCE_BYTES),
        sealed.subarray(XAES_NONCE_BYTES),
        id,
      );
      const { salt: _salt, ...access } = JSON.parse(Buffer.from(plain).toString()) as AccessRecord & { salt: string };
      return { ...access, id: Buffer.from(id).toString('hex'), outbox: Number(row['outbox']) };
    });
  }
}
