// SPDX-License-Identifier: Apache-2.0
/** What the journal's worker does: group commits, ward changes, the recorder, retention. One instance, one thread, one file. */
import type { KeyObject } from 'node:crypto';
import { createWardClock, type WardClockOptions } from '../../devices/index.ts';
import { heartbeatEntry, type Recipient } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { PassFaultPoint } from '../fault-point.ts';
import type { DeviceProgress } from '../intake/cadence.ts';
import type { SessionMark } from '../intake/sequence-marks.ts';
import { AccessStore, type LoggedAccess, type MadeAccess } from '../record/access-store.ts';
import { CommandStore, type NewCommand } from '../record/command-store.ts';
import { OutboxStore } from '../record/outbox-store.ts';
import { Recorder, type RecordLimits } from '../record/recorder.ts';
import { StreamStore } from '../record/stream-store.ts';
import { StayStore } from '../ward/stay-store.ts';
import type { WardChange, WardState } from '../ward/ward-state.ts';
import { GroupStore, numberedRows } from './group-store.ts';
import { GuardStore } from './guard-store.ts';
import {
  foldWal,
  inTransaction,
  type JournalDatabase,
  openJournalDatabase,
  type Synchronous,
} from './journal-database.ts';
import { MarkStore } from './mark-store.ts';
import { decodeRows, type JournalRow } from './rows.ts';

/** Everything the worker needs, handed over by the main loop; structured-clonable. */
export interface JournalOptions {
  readonly path: string;
  readonly gateway: string;
  readonly boot: { readonly id: string; readonly wallMs: number; readonly timeTrust: 0 | 1 };
  readonly clock: WardClockOptions;
  readonly keys: {
    readonly store: KeyObject;
    readonly signing: KeyObject;
    readonly signingPublic: Uint8Array;
    readonly kem: KeyObject;
  };
  readonly careTeam: Recipient;
  readonly self: Recipient;
  readonly limits: RecordLimits;
  readonly synchronous?: Synchronous;
  readonly faultPoint?: string;
}

/** One group: encoded rows and what moved with them, committed together. */
export interface AppendArgs {
  readonly rows: Uint8Array;
  readonly count: number;
  readonly marks: readonly SessionMark[];
  readonly progress: readonly DeviceProgress[];
  readonly changes: readonly WardChange[];
}

/** What a restart finds. */
export interface JournalState {
  readonly ward: WardState;
  readonly marks: SessionMark[];
  readonly progress: DeviceProgress[];
}

export interface JournalLoad {
  /** Rows that somebody still needs: a batch, the series store, or the log. */
  readonly rows: number;
  readonly openBatches: number;
}

interface Deps {
  readonly random: (length: number) => Uint8Array;
  readonly passFaultPoint: PassFaultPoint;
  /** Tells the main loop: `sealed` (outbox number), `died` (the record cannot go on). */
  readonly emit: (event: string, detail?: unknown) => void;
}

/** Trust before pairing exists (formats, "Sensors"): serial, and MQTT with a credential, are C. */
const UNPAIRED = { badge: 'C', label: 'device not verified' } as const;

export class JournalWriter {
  readonly #options: JournalOptions;
  readonly #deps: Deps;
  readonly #database: JournalDatabase;
  readonly #groups: GroupStore;
  readonly #marks: MarkStore;
  readonly #stays: StayStore;
  readonly #outbox: OutboxStore;
  readonly #access: AccessStore;
  readonly #commands: CommandStore;
  readonly #recorder: Recorder;
  readonly #wardMs: () => number;

  constructor(options: JournalOptions, deps: Deps) {
    this.#options = options;
    this.#deps = deps;
    const database = openJournalDatabase(options.path, options.synchronous);
    this.#database = database;
    this.#groups = new GroupStore(database, options.keys.store, deps.random);
    this.#marks = new MarkStore(database);
    this.#stays = new StayStore(database, options.keys.store, deps.random);
    this.#outbox = new OutboxStore(database);
    this.#access = new AccessStore(database, this.#outbox, options.keys.store, deps.random);
    this.#commands = new CommandStore(database, this.#outbox);
    const clock = createWardClock(options.clock);
    this.#wardMs = () => clock.wallMs();
    this.#recorder = new Recorder({
      database,
      streams: new StreamStore(database),
      outbox: this.#outbox,
      stays: this.#stays,
      gateway: options.gateway,
      signing: options.keys.signing,
      signingPublic: options.keys.signingPublic,
      gatewayKem: options.keys.kem,
      careTeam: options.careTeam,
      self: options.self,
      limits: options.limits,
      random: deps.random,
      wardMs: this.#wardMs,
      bootOf: (boot) => this.#bootOf(boot),
      trustOf: () => UNPAIRED,
      passFaultPoint: deps.passFaultPoint,
      onSealed: (number) => deps.emit('sealed', number),
    });
  }

  /** Reads what the last run left: marks and ward for intake, and every row that is in no batch yet, for the recorder. Throws JOURNAL_DAMAGED. */
  async open(): Promise<JournalState> {
    new GuardStore(this.#database, this.#options.keys.store, this.#deps.random).open();
    const { id, wallMs, timeTrust } = this.#options.boot;
    inTransaction(this.#database, () => {
      this.#database
        .prepare('INSERT OR IGNORE INTO boot VALUES (?, ?, ?)')
        .run(Buffer.from(id, 'hex'), Math.round(wallMs), timeTrust);
      this.#outbox.retrySetAside();
    });
    this.#groups.open();
    await this.#recorder.take(this.#replayed());
    await this.#recorder.closeEpochs();
    return this.state();
  }

  /** Commits one group; answers when it is durable. The recorder takes the rows afterwards, and nobody waits for it. */
  append(args: AppendArgs): { first: number } {
    const first = this.#groups.newest() + 1;
    if (args.count === 0 && args.marks.length + args.progress.length > 0) throw new RangeError('marks without rows');
    this.#deps.passFaultPoint('journal-before-commit');
    try {
      // Commit point of the journal: rows, marks, progress and ward changes stand or fall together (design 2.3).
      inTransaction(this.#database, () => {
        this.#stays.apply(args.changes);
        if (args.count > 0) this.#groups.insert(first, args.count, args, this.#wardMs());
      });
    } catch (error) {
      this.#groups.open();
      throw error;
    }
    this.#deps.passFaultPoint('journal-after-commit');
    this.#marks.remember(args);
    this.#follow(first, args);
    return { first };
  }

  /** Seals what is due; says how much the journal and the record hold afterwards. */
  async tick(): Promise<JournalLoad> {
    await this.#recorder.tick();
    foldWal(this.#database);
    return { rows: this.#groups.needed, openBatches: this.#recorder.openBatches };
  }

  /** An entry that says "alive", so that silence can be told from absence. Epochs that ended without a reading close now. */
  async heartbeat(): Promise<void> {
    const entry = heartbeatEntry(this.#options.gateway, Math.round(this.#wardMs()));
    const number = inTransaction(this.#database, () => this.#outbox.addEntry(entry));
    this.#deps.emit('sealed', number);
    await this.#recorder.closeEpochs();
  }

  /** Puts an access on record; answers when that is durable (I10). */
  logAccess(access: MadeAccess): LoggedAccess {
    const logged = inTransaction(this.#database, () => this.#access.add(access));
    this.#deps.emit('sealed', logged.outbox);
    return logged;
  }

  accessesOf(stay: string): LoggedAccess[] {
    return this.#access.of(stay);
  }

  /**
   * Puts signed commands and what lies sealed behind them on their way to the log, in one transaction; gives the outbox number of the last. A
   * command that is on its way already keeps its number. With `rotates` the epoch keys change first: a crash in between changed them for nothing.
   */
  async logCommands({ commands, rotates }: { commands: readonly NewCommand[]; rotates: boolean }): Promise<number> {
    if (rotates) await this.#recorder.rotate();
    const numbers = inTransaction(this.#database, () => commands.map((command) => this.#commands.add(command)));
    const last = Math.max(...numbers);
    this.#deps.emit('sealed', last);
    return last;
  }

  commandNumber(id: Uint8Array): number | undefined {
    return this.#commands.numberOf(id);
  }

  sealedRecord(commitment: Uint8Array): Uint8Array | undefined {
    return this.#commands.sealedRecord(commitment);
  }

  eraseRecord(commitment: Uint8Array): void {
    inTransaction(this.#database, () => this.#commands.eraseRecord(commitment));
  }

  flush(stay?: string): Promise<void> {
    return this.#recorder.flush(stay);
  }

  /** The series store has these, or can never have them: the cursor of the series follower. */
  settled({ stored, setAside }: { stored: readonly number[]; setAside: readonly number[] }): void {
    this.#moveCursor(() => {
      this.#outbox.markStored(stored);
      this.#outbox.markSetAside(setAside);
    });
  }

  /** The log has these under a durable head: the cursor of the anchor follower. */
  sequenced(upTo: number): void {
    this.#moveCursor(() => this.#outbox.markSequenced(upTo));
  }

  /** What is on disk, for intake to begin anew after a group was refused. */
  state(): JournalState {
    return { ward: this.#stays.load(), marks: this.#marks.marks(), progress: this.#marks.progress() };
  }

  openReadings(stay: string): Uint8Array[] {
    return this.#recorder.openReadings(stay);
  }

  /** Seals every open batch, folds the WAL, closes the file. */
  async close(): Promise<void> {
    await this.#recorder.flush();
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  /** Every row that may stand in no batch yet; the marks of their groups are newer than those in the tables. */
  *#replayed(): Generator<{ sequence: number; row: JournalRow }> {
    for (const group of this.#groups.groups()) {
      this.#marks.remember(group);
      yield* numberedRows(group);
    }
  }

  #follow(first: number, args: AppendArgs): void {
    const rows = args.count > 0 ? decodeRows(args.rows) : [];
    const numbered = rows.map((row, i) => ({ sequence: first + i, row }));
    const closed = args.changes.filter((change) => change.type === 'close-stay').map((change) => change.stay);
    const work = this.#recorder.take(numbered).then(async () => {
      for (const stay of closed) await this.#recorder.flush(stay);
      if (closed.length > 0) await this.#recorder.closeEpochs();
    });
    work.catch((error: unknown) => {
      // The rows are safe in the journal and with the recorder: the next tick tries again, and is counted when it fails.
      if (error instanceof GatewayError && error.code === 'JOURNAL_FULL') return;
      this.#deps.emit('died', String(error));
    });
  }

  /** A cursor moves, and rows that no follower needs any more leave with it. */
  #moveCursor(move: () => void): void {
    this.#deps.passFaultPoint('cursor-before-commit');
    try {
      // Commit point of a cursor: rows leave only in the transaction that says that nobody needs them.
      const haveLeft = inTransaction(this.#database, () => {
        move();
        const next = this.#groups.newest() + 1;
        const needed = Math.min(this.#recorder.oldestOpenRow(), this.#outbox.oldestWaitingRow() ?? next);
        const leave = this.#groups.retire(needed - 1, this.#wardMs());
        if (leave) this.#marks.save();
        return leave;
      });
      if (haveLeft) this.#marks.saved();
    } catch (error) {
      this.#groups.open();
      throw error;
    }
    this.#deps.passFaultPoint('cursor-after-commit');
    foldWal(this.#database);
  }

  #bootOf(boot: string): { wallMs: number; timeTrust: 0 | 1 } {
    const row = this.#database
      .prepare('SELECT wall_ms, time_trust FROM boot WHERE id = ?')
      .get(Buffer.from(boot, 'hex'));
    if (!row) throw new GatewayError('JOURNAL_DAMAGED', 'a boot is missing');
    return { wallMs: Number(row['wall_ms']), timeTrust: row['time_trust'] === 1 ? 1 : 0 };
  }
}
