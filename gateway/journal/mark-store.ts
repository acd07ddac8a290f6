// SPDX-License-Identifier: Apache-2.0
/**
 * Sequence marks and device progress. They are durable in the group that moved them; the tables take them when groups leave the
 * journal. What is on disk is therefore: the tables, and over them the groups that are still there, in order.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { DeviceProgress } from '../intake/cadence.ts';
import type { SessionMark } from '../intake/sequence-marks.ts';
import { decodeMark, decodeProgress, encodeMark, encodeProgress } from './mark-codec.ts';

type Moved = { readonly marks: readonly SessionMark[]; readonly progress: readonly DeviceProgress[] };

export class MarkStore {
  readonly #database: DatabaseSync;
  /** Of groups that are committed, and not in the tables yet. */
  readonly #marks = new Map<string, SessionMark>();
  readonly #progress = new Map<string, DeviceProgress>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Takes what stands in a committed group; groups come in the order of their rows. */
  remember({ marks, progress }: Moved): void {
    for (const mark of marks) this.#marks.set(keyOf(mark), mark);
    for (const entry of progress) this.#progress.set(entry.device, entry);
  }

  /** Inside the transaction in which groups leave; `saved` follows its commit. */
  save(): void {
    const putMark = this.#database.prepare(
      'INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
    );
    for (const mark of this.#marks.values())
      putMark.run(mark.device, Buffer.from(mark.session, 'hex'), encodeMark(mark));
    const putProgress = this.#database.prepare(
      'INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms, reported_ms = excluded.reported_ms',
    );
    for (const { device, lastMs, reportedToMs } of this.#progress.values())
      putProgress.run(device, Math.round(lastMs), Math.round(reportedToMs));
  }

  saved(): void {
    this.#marks.clear();
    this.#progress.clear();
  }

  /** As they are on disk. Throws JOURNAL_DAMAGED. */
  marks(): SessionMark[] {
    const rows = this.#database.prepare('SELECT state FROM mark').all();
    const stored = rows.map(({ state }) => decodeMark(state as Uint8Array));
    const moved = [...this.#marks.values()].map((mark) => decodeMark(encodeMark(mark)));
    return [...new Map([...stored, ...moved].map((mark) => [keyOf(mark), mark])).values()];
  }

  progress(): DeviceProgress[] {
    const stored = this.#database
      .prepare('SELECT * FROM progress')
      .all()
      .map((row) => ({
        device: String(row['device']),
        lastMs: Number(row['last_ms']),
        reportedToMs: Number(row['reported_ms']),
      }));
    const moved = decodeProgress(encodeProgress([...this.#progress.values()]));
    return [...new Map([...stored, ...moved].map((entry) => [entry.device, entry])).values()];
  }
}

function keyOf({ device, session }: SessionMark): string {
  return `${device}/${session}`;
}
