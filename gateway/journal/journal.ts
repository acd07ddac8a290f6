// SPDX-License-Identifier: Apache-2.0
/**
 * The journal as the main loop sees it: rows go in, and the promise resolves when they are durable. Collects a group every
 * `groupMs`, one commit at a time; while a commit is under way the next group grows, so a slow card makes larger groups.
 */
import { Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import type { DeviceProgress } from '../intake/cadence.ts';
import type { SessionMark } from '../intake/sequence-marks.ts';
import type { WardChange } from '../ward/ward-state.ts';
import { WorkerCallError, WorkerCalls } from '../worker-calls.ts';
import type { JournalHandlers } from './journal.worker.ts';
import type { JournalOptions, JournalState } from './journal-writer.ts';
import { encodeRows, type JournalRow, MAX_GROUP_ROWS } from './rows.ts';

/** What is committed together with some rows. */
export interface JournalEntry {
  readonly rows: readonly JournalRow[];
  readonly marks?: readonly SessionMark[];
  readonly progress?: readonly DeviceProgress[];
  readonly changes?: readonly WardChange[];
}

export interface JournalTiming {
  /** A group is closed this long after its first row. Real milliseconds, never scaled. */
  readonly groupMs: number;
}

/** Rows of one message at most, gaps included: 64 readings of a SenML body, and room. */
const MAX_ENTRY_ROWS = 256;

interface Group {
  rows: JournalRow[];
  marks: Map<string, SessionMark>;
  progress: Map<string, DeviceProgress>;
  changes: WardChange[];
  readonly committed: PromiseWithResolvers<void>;
}

export interface JournalEvents {
  /** A batch was sealed: followers of the outbox have work. */
  sealed(outbox: number): void;
}

export class Journal implements AsyncDisposable {
  /** Resolves with the reason when the journal cannot go on: the process must end and recover by its normal start. */
  readonly failed: Promise<unknown>;
  readonly calls: WorkerCalls<JournalHandlers>;
  readonly #timing: JournalTiming;
  readonly #fail: (reason: unknown) => void;
  #group: Group | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Resolves when the commit under way has ended, however it ended. */
  #underWay: Promise<void> | undefined;
  #isCommitting = false;
  #stopped = false;
  /** A group was refused: what came after it was built on its marks, and is refused too until intake has begun anew. */
  #refusal: unknown;

  constructor(
    calls: WorkerCalls<JournalHandlers>,
    failed: Promise<unknown>,
    fail: (reason: unknown) => void,
    timing: JournalTiming,
  ) {
    this.calls = calls;
    this.failed = failed;
    this.#fail = fail;
    this.#timing = timing;
  }

  /**
   * Adds rows to the group that is open; resolves when it is committed. Rejects with JOURNAL_FULL (nothing happened, the
   * sensor sends again) or JOURNAL_STOPPED; after a rejection nothing is taken until `resume`. With `atOnce` the group does not wait for its time: an alarm, a person's command.
   */
  append(entry: JournalEntry, atOnce = false): Promise<void> {
    if (this.#stopped) return Promise.reject(new GatewayError('JOURNAL_STOPPED'));
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    this.#group ??= emptyGroup();
    const group = this.#group;
    group.rows.push(...entry.rows);
    for (const mark of entry.marks ?? []) group.marks.set(`${mark.device}/${mark.session}`, mark);
    for (const progress of entry.progress ?? []) group.progress.set(progress.device, progress);
    group.changes.push(...(entry.changes ?? []));
    if (atOnce || group.rows.length >= MAX_GROUP_ROWS / 2) void this.#commitNext();
    else this.#timer ??= setTimeout(() => void this.#commitNext(), this.#timing.groupMs);
    return group.committed.promise;
  }

  /** False while the group that is open is as large as one may get: the disk is slower than the sensors. */
  hasRoom(): boolean {
    return (this.#group?.rows.length ?? 0) < MAX_GROUP_ROWS - MAX_ENTRY_ROWS;
  }

  /** After a rejection: gives what is on disk, for intake to begin anew, and takes rows again. */
  async resume(): Promise<JournalState> {
    await this.#underWay;
    const state = await this.calls.call('state', undefined);
    this.#refusal = undefined;
    return state;
  }

  /** Resolves when everything that was appended before is durable: what a resend waits for. */
  barrier(): Promise<void> {
    return this.#group?.committed.promise ?? this.#underWay ?? Promise.resolve();
  }

  /** Commits what was appended and seals every open batch: before a stop, so that the followers can still send it. */
  async flush(): Promise<void> {
    await this.#commitNext();
    await this.#underWay;
    await this.calls.call('flush', {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#commitNext();
    await this.#underWay;
    await this.calls.call('close', undefined);
    await this.calls[Symbol.asyncDispose]();
  }

  async #commitNext(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#underWay;
    const group = this.#group;
    // Another caller that waited for the same commit may have taken the group by now.
    if (!group || this.#isCommitting) return;
    this.#group = undefined;
    this.#isCommitting = true;
    this.#underWay = this.#commit(group).finally(() => {
      this.#underWay = undefined;
      this.#isCommitting = false;
      if (this.#group && !this.#timer) void this.#commitNext();
    });
  }

  async #commit(group: Group): Promise<void> {
    const rows = encodeRows(group.rows);
    try {
      await this.calls.call('append', {
        rows,
        count: group.rows.length,
        marks: [...group.marks.values()],
        progress: [...group.progress.values()],
        changes: group.changes,
      });
      group.committed.resolve();
    } catch (error) {
      this.#refusal = error;
      group.committed.reject(error);
      this.#group?.committed.reject(error);
      this.#group = undefined;
      // A full disk is survivable, for nothing happened. After any other failure the state on disk is unknown: stop.
      if (!(error instanceof WorkerCallError && error.code === 'JOURNAL_FULL')) this.#fail(error);
    }
  }
}

/** Starts the worker and opens the journal in it; gives back what the last run left. */
export async function openJournal(
  options: JournalOptions,
  timing: JournalTiming,
  events: JournalEvents,
): Promise<{ journal: Journal; state: JournalState }> {
  const { promise: failed, resolve: fail } = Promise.withResolvers<unknown>();
  const calls = new WorkerCalls<JournalHandlers>(
    new Worker(new URL('./journal.worker.ts', import.meta.url)),
    (event, detail) => {
      if (event === 'sealed') events.sealed(detail as number);
      if (event === 'died') fail(detail);
    },
  );
  void calls.failed.then(fail);
  try {
    const state = await calls.call('open', options);
    return { journal: new Journal(calls, failed, fail, timing), state };
  } catch (error) {
    await calls[Symbol.asyncDispose]();
    throw error;
  }
}

function emptyGroup(): Group {
  const committed = Promise.withResolvers<void>();
  // Rows whose sender does not wait (QoS 0, serial) must not turn a refused group into an unhandled rejection.
  committed.promise.catch(() => {});
  return { rows: [], marks: new Map(), progress: new Map(), changes: [], committed };
}
