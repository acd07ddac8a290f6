// SPDX-License-Identifier: Apache-2.0
/** Commands on their way to Fabric, on disk. When a function that writes returns, what it wrote survives a power cut. */
import type { DatabaseSync } from 'node:sqlite';
import type { Reply } from '../contract/host.ts';
import type { Endorsed } from './port.ts';
import { decodeReply, encodeReply } from './wire.ts';

/** Each kind is sent in its own order, one at a time; none waits for another. */
export const KINDS = ['revocation', 'command', 'anchor'] as const;
export type Kind = (typeof KINDS)[number];

export interface Queueable {
  /** Of the signed command: 16 bytes. */
  readonly id: Uint8Array;
  readonly kind: Kind;
  /** Of two commands about the same thing the later waits for the earlier, whatever their kinds. */
  readonly subject: string;
  readonly command: Uint8Array;
  /** For the private collection. */
  readonly sealed?: Uint8Array | undefined;
}

export interface Row extends Queueable {
  readonly attempts: number;
  /** Wall milliseconds. */
  readonly nextTryMs: number;
  /** What was signed for it and may be on its way, or ordered already. */
  readonly alive: (Endorsed & { readonly endorsedMs: number }) | undefined;
}

/** States only go forward: from `queued` to one of the others, which is the last. */
export type State = 'queued' | 'anchored' | 'rejected';

const COLUMNS = 'id, kind, subject, command, sealed, attempts, next_try_ms, tx_id, envelope, endorsed_ms, reply';
/** Answers that are kept for whoever asks later; the oldest go. */
const MAX_SETTLED_ROWS = 1000;

export class OutboxStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Queues a command; one that waits already waits on. An answer that was given to the same bytes before is forgotten. */
  add({ id, kind, subject, command, sealed }: Queueable): void {
    this.#database.prepare("DELETE FROM outbox WHERE id = ? AND state <> 'queued'").run(id);
    this.#database
      .prepare(
        "INSERT OR IGNORE INTO outbox (id, kind, subject, command, sealed, state, attempts, next_try_ms) VALUES (?, ?, ?, ?, ?, 'queued', 0, 0)",
      )
      .run(id, kind, subject, command, sealed ?? null);
  }

  /** The oldest of its kind for whose subject nothing older waits. */
  next(kind: Kind): Row | undefined {
    const row = this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM outbox AS mine WHERE kind = ? AND state = 'queued' AND NOT EXISTS
         (SELECT 1 FROM outbox AS older WHERE older.subject = mine.subject AND older.seq < mine.seq AND older.state = 'queued')
         ORDER BY seq LIMIT 1`,
      )
      .get(kind);
    return row && rowOf(row);
  }

  waiting(): number {
    return Number(this.#database.prepare("SELECT count(*) AS n FROM outbox WHERE state = 'queued'").get()?.['n']);
  }

  /** Commit point: from here on the envelope may leave, for a restart will know of it. False if the command was withdrawn meanwhile. */
  keepEnvelope(id: Uint8Array, { txId, envelope, reply }: Endorsed, endorsedMs: number): boolean {
    const { changes } = this.#database
      .prepare('UPDATE outbox SET tx_id = ?, envelope = ?, endorsed_ms = ?, reply = ? WHERE id = ?')
      .run(txId, envelope, Math.round(endorsedMs), encodeReply(reply), id);
    return changes > 0;
  }

  /** The envelope can no longer take effect. */
  dropEnvelope(id: Uint8Array): void {
    this.#database
      .prepare('UPDATE outbox SET tx_id = NULL, envelope = NULL, endorsed_ms = NULL, reply = NULL WHERE id = ?')
      .run(id);
  }

  postpone(id: Uint8Array, attempts: number, nextTryMs: number): void {
    this.#database
      .prepare('UPDATE outbox SET attempts = ?, next_try_ms = ? WHERE id = ?')
      .run(attempts, Math.round(nextTryMs), id);
  }

  /** Commit point: the answer is final. */
  settle(id: Uint8Array, reply: Reply): void {
    const state: State = reply.kind === 'refused' ? 'rejected' : 'anchored';
    this.#database
      .prepare(
        "UPDATE outbox SET state = ?, reply = ?, envelope = NULL, sealed = NULL WHERE id = ? AND state = 'queued'",
      )
      .run(state, encodeReply(reply), id);
    this.#database
      .prepare(
        "DELETE FROM outbox WHERE seq <= (SELECT seq FROM outbox WHERE state <> 'queued' ORDER BY seq DESC LIMIT 1 OFFSET ?) AND state <> 'queued'",
      )
      .run(MAX_SETTLED_ROWS);
  }

  /** Takes back what nothing was signed for yet; a newer one stands in its place. */
  withdraw(kind: Kind): void {
    this.#database.prepare("DELETE FROM outbox WHERE kind = ? AND state = 'queued' AND envelope IS NULL").run(kind);
  }

  /** How far a command is, and the answer when it is final; undefined if it is not, or no longer, known. */
  find(id: Uint8Array): { readonly state: State; readonly reply?: Reply } | undefined {
    const row = this.#database.prepare('SELECT state, reply FROM outbox WHERE id = ?').get(id);
    if (!row) return undefined;
    const state = row['state'] as State;
    return state === 'queued' ? { state } : { state, reply: decodeReply(row['reply'] as Uint8Array) };
  }
}

type SqlRow = NonNullable<ReturnType<ReturnType<DatabaseSync['prepare']>['get']>>;

function rowOf(row: SqlRow): Row {
  const envelope = row['envelope'] as Uint8Array | null;
  return {
    id: row['id'] as Uint8Array,
    kind: row['kind'] as Kind,
    subject: row['subject'] as string,
    command: row['command'] as Uint8Array,
    sealed: (row['sealed'] as Uint8Array | null) ?? undefined,
    attempts: Number(row['attempts']),
    nextTryMs: Number(row['next_try_ms']),
    alive: envelope
      ? {
          txId: row['tx_id'] as string,
          envelope,
          endorsedMs: Number(row['endorsed_ms']),
          reply: decodeReply(row['reply'] as Uint8Array),
        }
      : undefined,
  };
}
