// SPDX-License-Identifier: Apache-2.0
/** The sealed details of one command: held until the command itself is written, in the same transaction; read from the journal's table. */
import type { SealedRecords } from '../../ledger/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { SealedRecord } from '../record/command-store.ts';

export class CommandRecords implements SealedRecords {
  /** What the command takes along. */
  readonly held: SealedRecord[] = [];
  readonly #calls: Journal['calls'];

  constructor({ calls }: Pick<Journal, 'calls'>) {
    this.#calls = calls;
  }

  async put(commitment: string, sealed: Uint8Array): Promise<void> {
    this.held.push({ commitment: Buffer.from(commitment, 'hex'), sealed });
  }

  get(commitment: string): Promise<Uint8Array | undefined> {
    return this.#calls.call('sealedRecord', Buffer.from(commitment, 'hex'));
  }

  delete(commitment: string): Promise<void> {
    return this.#calls.call('eraseRecord', Buffer.from(commitment, 'hex'));
  }
}
