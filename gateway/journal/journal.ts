// SPDX-License-Identifier: Apache-2.0
/**
 * The journal as the main loop sees it: rows go in, and the promise resolves when they are durable. Collects a group every
 * `groupMs`, one commit at a time; while a commit is under way the next group grows, so a slow card makes larger groups.
 */
import { GatewayError } from '../errors.ts';
import type { DeviceProgress } from '../intake/cadence.ts';
import type { SessionMark } from '../intake/sequence-marks.ts';
import type { WardChange } from '../ward/ward-state.ts';
import { startWorker, WORKER_HEAP, WorkerCallError, WorkerCalls } from '../worker-calls.ts';
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
  /** On a slow disk it waits as long as the last commit took, up to this: larger groups, fewer syncs. */
  readonly groupMaxMs: number;
}

/** How long the next group collects, after a commit that took `commitMs`. */
export function groupDelayMs({ groupMs, groupMaxMs }: JournalTiming, commitMs: number): number {
  return Math.min(Math.max(groupMs, commitMs), Math.max(groupMs, groupMaxMs));
}

/** A group is closed at this size, far below what the codec of its rows reads back (ledger/codec/cbor.ts: 1 MiB). */
const MAX_GROUP_BYTES = 512 * 1024;
/** What may wait for a disk that is slower than the sensors; beyond it nothing more is asked to wait. */
const MAX_WAITING_ROWS = 8192;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** More than the codec adds to the bytes of one row, and than a gap takes. */
const ROW_OVERHEAD_BYTES = 192;

interface Group {
  readonly rows: JournalRow[];
  bytes: number;
  readonly marks: Map<string, SessionMark>;
  readonly progress: Map<string, DeviceProgress>;
  readonly changes: WardChange[];
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
  /** Groups that wait for their commit, oldest first; only the last one still grows. */
  #waiting: Group[] = [];
  #lastCommitMs = 0;
  /** So many of them need not wait for their time. */
  #due = 0;
  #timer: NodeJS.Timeout | undefined;
  #current: Group | undefined;
  /** Resolves when no commit is under way any more, however they ended. */
  #underWay: Promise<void> | undefined;
  #stopped = false;
  /** A group was refused: what came after it was built on its marks, and is refused too until intake has begun anew. */
  #refusal: unknown;
  /** The state on disk is unknown: nothing may be acknowledged by this process any more. */
  #broken = false;

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
    const group = this.#groupFor(entry.rows);
    for (const mark of entry.marks ?? []) group.marks.set(`${mark.device}/${mark.session}`, mark);
    for (const progress of entry.progress ?? []) group.progress.set(progress.device, progress);
    group.changes.push(...(entry.changes ?? []));
    this.#timer ??= setTimeout(() => this.#commitAll(), groupDelayMs(this.#timing, this.#lastCommitMs));
    if (atOnce) this.#commitAll();
    else this.#start();
    return group.committed.promise;
  }

  /** False while as much waits as may: the disk is slower than the sensors. */
  hasRoom(): boolean {
    const sum = (size: (group: Group) => number) => this.#waiting.reduce((total, group) => total + size(group), 0);
    return sum((group) => group.rows.length) < MAX_WAITING_ROWS && sum((group) => group.bytes) < MAX_WAITING_BYTES;
  }

  /** After a rejection: gives what is on disk, for intake to begin anew, and takes rows again. Rejects if that is not safe. */
  async resume(): Promise<JournalState> {
    await this.#underWay;
    if (this.#broken) throw this.#refusal;
    const state = await this.calls.call('state', undefined);
    this.#refusal = undefined;
    return state;
  }

  /** Resolves when everything that was appended before is durable, rejects when some of it was refused: what a resend waits for. */
  barrier(): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    return (this.#waiting.at(-1) ?? this.#current)?.committed.promise ?? Promise.resolve();
  }

  /** Intake broke off half way: its marks hold numbers of readings that are in no group. Nothing may be built on them. */
  giveUp(reason: unknown): void {
    this.#refuse(this.#waiting, reason);
  }

  /** Commits what was appended and seals every open batch: before a stop, so that the followers can still send it. */
  async flush(): Promise<void> {
    this.#commitAll();
    await this.#underWay;
    await this.calls.call('flush', {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#commitAll();
    await this.#underWay;
    try {
      await this.calls.call('close', undefined);
    } finally {
      await this.calls[Symbol.asyncDispose]();
    }
  }

  /** Puts rows into the group that is open; one that would grow too large is closed, and the next begins. */
  #groupFor(rows: readonly JournalRow[]): Group {
    const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0);
    const open = this.#waiting.at(-1);
    const fits = open && open.bytes + bytes <= MAX_GROUP_BYTES && open.rows.length + rows.length <= MAX_GROUP_ROWS;
    const group = fits ? open : emptyGroup();
    if (!fits) this.#waiting.push(group);
    group.rows.push(...rows);
    group.bytes += bytes;
    return group;
  }

  #commitAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = this.#waiting.length;
    this.#start();
  }

  #start(): void {
    if (this.#due > 0 || this.#waiting.length > 1) this.#underWay ??= this.#commitWaiting();
  }

  /** One commit at a time, in order: what is due, and every group that is closed. */
  async #commitWaiting(): Promise<void> {
    while (this.#due > 0 || this.#waiting.length > 1) {
      this.#current = this.#waiting.shift()!;
      this.#due = Math.max(0, this.#due - 1);
      await this.#commit(this.#current);
      this.#current = undefined;
    }
    this.#underWay = undefined;
  }

  async #commit(group: Group): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.calls.call('append', {
        rows: encodeRows(group.rows),
        count: group.rows.length,
        marks: [...group.marks.values()],
        progress: [...group.progress.values()],
        changes: group.changes,
      });
      this.#lastCommitMs = performance.now() - startedMs;
      group.committed.resolve();
    } catch (error) {
      this.#refuse([group, ...this.#waiting], error);
    }
  }

  #refuse(groups: readonly Group[], reason: unknown): void {
    this.#refusal = reason;
    this.#waiting = [];
    this.#due = 0;
    for (const { committed } of groups) committed.reject(reason);
    // A full disk is survivable, for nothing happened. After any other failure the state on disk is unknown: stop.
    if (reason instanceof WorkerCallError && reason.code === 'JOURNAL_FULL') return;
    this.#broken = true;
    this.#fail(reason);
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
    startWorker(new URL('./journal.worker.ts', import.meta.url), { resourceLimits: WORKER_HEAP }),
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
  return { rows: [], bytes: 0, marks: new Map(), progress: new Map(), changes: [], committed };
}

function bytesOf(row: JournalRow): number {
  return ROW_OVERHEAD_BYTES + (row.kind === 'reading' ? row.bytes.length + row.raw.length : 0);
}
