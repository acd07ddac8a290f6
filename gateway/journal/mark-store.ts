// SPDX-License-Identifier: Apache-2.0
/** Sequence marks and device progress on disk, written in the transaction of the readings that moved them. */
import type { DatabaseSync } from 'node:sqlite';
import { asArray, asInteger, encodeCbor } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { DeviceProgress } from '../intake/cadence.ts';
import { MAX_HOLES, type SessionMark } from '../intake/sequence-marks.ts';
import { decodeOwn } from './rows.ts';

export class MarkStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Inside the caller's transaction. */
  put(marks: readonly SessionMark[], progress: readonly DeviceProgress[]): void {
    const putMark = this.#database.prepare(
      'INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
    );
    for (const mark of marks) putMark.run(mark.device, Buffer.from(mark.session, 'hex'), encodeState(mark));
    const putProgress = this.#database.prepare(
      'INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms, reported_ms = excluded.reported_ms',
    );
    for (const { device, lastMs, reportedToMs } of progress)
      putProgress.run(device, Math.round(lastMs), Math.round(reportedToMs));
  }

  marks(): SessionMark[] {
    return this.#database
      .prepare('SELECT * FROM mark')
      .all()
      .map(({ device, session, state }) => ({
        device: String(device),
        session: Buffer.from(session as Uint8Array).toString('hex'),
        ...decodeState(state as Uint8Array),
      }));
  }

  progress(): DeviceProgress[] {
    return this.#database
      .prepare('SELECT * FROM progress')
      .all()
      .map((row) => ({
        device: String(row['device']),
        lastMs: Number(row['last_ms']),
        reportedToMs: Number(row['reported_ms']),
      }));
  }
}

type State = Omit<SessionMark, 'device' | 'session'>;

function encodeState({ high, highMs, floor, holes }: State): Uint8Array {
  return encodeCbor([
    high,
    Math.round(highMs),
    floor,
    holes.map((hole) => [hole.first, hole.last, Math.round(hole.fromMs), Math.round(hole.toMs), hole.reported]),
  ]);
}

function decodeState(bytes: Uint8Array): State {
  const integer = (value: Parameters<typeof asInteger>[0]) => asInteger(value, damaged, -(2 ** 52), 2 ** 52);
  const [high, highMs, floor, holes] = asArray(decodeOwn(bytes, damaged), damaged, 4);
  return {
    high: integer(high),
    highMs: integer(highMs),
    floor: integer(floor),
    holes: asArray(holes, damaged, MAX_HOLES).map((hole) => {
      const [first, last, fromMs, toMs, reported] = asArray(hole, damaged, 5);
      return {
        first: integer(first),
        last: integer(last),
        fromMs: integer(fromMs),
        toMs: integer(toMs),
        reported: reported === true,
      };
    }),
  };
}

function damaged(detail: string): GatewayError {
  return new GatewayError('JOURNAL_DAMAGED', `a sequence mark: ${detail}`);
}
