// SPDX-License-Identifier: Apache-2.0
/** How far the events of the chaincode were handed over, on disk. */
import type { DatabaseSync } from 'node:sqlite';

/** A transaction that had an event. */
export interface EventPosition {
  readonly block: bigint;
  readonly txId: string;
}

export class EventStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Undefined before the first event. */
  position(): EventPosition | undefined {
    const row = this.#database.prepare('SELECT block, tx_id FROM event_position').get();
    return row && { block: BigInt(row['block'] as number), txId: row['tx_id'] as string };
  }

  /** Commit point: the events up to here are not handed over again. */
  keep({ block, txId }: EventPosition): void {
    this.#database.prepare('INSERT OR REPLACE INTO event_position VALUES (1, ?, ?)').run(block, txId);
  }
}
