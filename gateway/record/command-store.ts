// SPDX-License-Identifier: Apache-2.0
/**
 * Signed commands on their way to the log, each once, and the sealed details behind their commitments (ledger/contract/side-store.ts).
 * Whoever reads these tables without the store key learns how many there are.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { OutboxStore } from './outbox-store.ts';

/** A record of the side store, under its commitment (32 bytes). */
export interface SealedRecord {
  readonly commitment: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface NewCommand {
  /** 16 bytes, from the content: the same command is the same row. */
  readonly id: Uint8Array;
  readonly entry: Uint8Array;
  readonly records: readonly SealedRecord[];
}

export class CommandStore {
  readonly #database: DatabaseSync;
  readonly #outbox: OutboxStore;

  constructor(database: DatabaseSync, outbox: OutboxStore) {
    this.#database = database;
    this.#outbox = outbox;
  }

  /** Inside the caller's transaction; gives the outbox number, the old one if the command is here already. */
  add({ id, entry, records }: NewCommand): number {
    const known = this.numberOf(id);
    if (known !== undefined) return known;
    for (const { commitment, sealed } of records)
      this.#database.prepare('INSERT INTO side_record VALUES (?, ?)').run(commitment, sealed);
    const outbox = this.#outbox.addEntry(entry);
    this.#database.prepare('INSERT INTO command VALUES (?, ?)').run(id, outbox);
    return outbox;
  }

  /** Outbox number of a command; undefined if it did not come from here. */
  numberOf(id: Uint8Array): number | undefined {
    const row = this.#database.prepare('SELECT outbox FROM command WHERE id = ?').get(id);
    return row && Number(row['outbox']);
  }

  sealedRecord(commitment: Uint8Array): Uint8Array | undefined {
    const row = this.#database.prepare('SELECT sealed FROM side_record WHERE commitment = ?').get(commitment);
    return row?.['sealed'] as Uint8Array | undefined;
  }

  /** Inside the caller's transaction. What the ledger keeps is then a hash that nobody can test a guess against. */
  eraseRecord(commitment: Uint8Array): void {
    this.#database.prepare('DELETE FROM side_record WHERE commitment = ?').run(commitment);
  }
}
