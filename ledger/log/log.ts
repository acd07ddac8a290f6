// SPDX-License-Identifier: Apache-2.0
/**
 * The crash-safe log: an RFC 6962 tree with C2SP tiles and checkpoints in one folder. The order of writes is the whole of its safety:
 * frame to the segment and fdatasync ("sequenced"), full and partial tiles, head (the commit point), checkpoint.
 * The folder has one writer; the lock is the data directory's.
 */
import type { KeyObject } from 'node:crypto';
import { ed25519PublicKey, ed25519Sign } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';
import { planConsistency, planInclusion } from '../merkle/plan.ts';
import { type Files, NodeFiles } from './files.ts';
import type { GrowingTree } from './growing-tree.ts';
import { formatVerifierKey, type NoteSigner, verifierKey } from './note.ts';
import { Publisher } from './publisher.ts';
import { type Recovered, recoverLog } from './recover.ts';
import type { LogEntry } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';
import { MAX_ENTRY_BYTES } from './tile.ts';
import { TileReader } from './tile-reader.ts';

export interface LogOptions {
  readonly directory: string;
  /** Name of the verifier key, and the origin of the checkpoints. */
  readonly name: string;
  /** Ed25519 private key. */
  readonly key: KeyObject;
  /** A durable step failed, also one in the background: the log is stopped and the process must end (fsync errors are never retried). */
  readonly onFatal: (error: LedgerError) => void;
  readonly files?: Files;
  /** While there is something new, a checkpoint is published at most this often. */
  readonly checkpointIntervalMs?: number;
  readonly segmentMaxBytes?: number;
  /** Full tiles are written whenever so many entries are new. */
  readonly aheadEntries?: number;
  /** Runs `task` once after `delayMs` of real time; gives back its cancellation. */
  readonly schedule?: (task: () => void, delayMs: number) => () => void;
}

export interface Sequenced {
  readonly index: number;
  readonly leafHash: Uint8Array;
}

interface Waiting {
  readonly entries: readonly LogEntry[];
  readonly resolve: (sequenced: readonly Sequenced[]) => void;
  readonly reject: (error: LedgerError) => void;
}

const CHECKPOINT_INTERVAL_MS = 1_000;
const SEGMENT_MAX_BYTES = 8 * 1024 * 1024;
/** Appends beyond this are refused with LOG_BUSY until the disk has caught up. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Few enough that their tiles are soon written: appends wait for that when the disk is slower than they are. */
const AHEAD_ENTRIES = 4_096;

/** Opens or makes the log. Throws LOG_FORMAT, LOG_KEY_DIFFERS, LOG_DAMAGED or LOG_ROLLED_BACK; it never starts on a log it cannot vouch for. */
export async function openLog(options: LogOptions): Promise<Log> {
  return Log.open(options);
}

export class Log implements AsyncDisposable {
  /** The log's verifier key, as `--key` takes it. */
  readonly vkey: string;
  readonly #files: Files;
  readonly #options: LogOptions;
  readonly #tree: GrowingTree;
  readonly #publisher: Publisher;
  /** Tiles under the head, and full bundles, which may be ahead of it. */
  readonly #tiles: TileReader;
  readonly #bundles: TileReader;
  readonly #segments: SegmentWriter;
  readonly #counters = { groups: 0, entries: 0, refusedBusy: 0 };
  /** Highest outbox number that is sequenced, and that is accepted. */
  #highestOutbox: number;
  #acceptedOutbox: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Why nothing more is taken: closed, or failed. */
  #refusal: LedgerError | undefined;
  #failure: LedgerError | undefined;

  private constructor(options: LogOptions, files: Files, signer: NoteSigner, recovered: Recovered) {
    this.vkey = formatVerifierKey(signer.key);
    this.#options = options;
    this.#files = files;
    this.#tree = recovered.tree;
    this.#segments = new SegmentWriter(files, recovered.segment, options.segmentMaxBytes ?? SEGMENT_MAX_BYTES);
    this.#highestOutbox = recovered.highestOutbox;
    this.#acceptedOutbox = recovered.highestOutbox;
    this.#publisher = new Publisher({
      files,
      signer,
      tree: recovered.tree,
      head: recovered.head,
      aheadEntries: options.aheadEntries ?? AHEAD_ENTRIES,
      step: (task) => this.#step(task),
    });
    this.#tiles = new TileReader(files, sha256, () => this.#publisher.head.size);
    this.#bundles = new TileReader(files, sha256, () => this.#publisher.written);
  }

  static async open(options: LogOptions): Promise<Log> {
    const files = options.files ?? new NodeFiles(options.directory);
    const key = verifierKey(options.name, ed25519PublicKey(options.key), sha256);
    const signer: NoteSigner = { key, sign: (message) => ed25519Sign(message, options.key) };
    const log = new Log(options, files, signer, await recoverLog(files, key, nodeCrypto));
    if (log.size > log.publishedSize) log.#publishLater();
    return log;
  }

  /** Entries that are sequenced. */
  get size(): number {
    return this.#tree.size;
  }

  /** Highest outbox number that the log holds, -1 at first: the caller resumes after it. */
  get highestOutbox(): number {
    return this.#highestOutbox;
  }

  /** Named counters, for metrics. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters, ...this.#publisher.counters };
  }

  /**
   * Appends entries with rising outbox numbers; resolves when they are sequenced (fdatasync done). Appends at the same time share one
   * sync. After LOG_BUSY the same entries must come again before later ones. Rejects with LOG_OUTBOX_REPEATED, LOG_ENTRY_SIZE, LOG_BUSY, LOG_CLOSED or LOG_WRITE_FAILED.
   */
  append(entries: readonly LogEntry[]): Promise<readonly Sequenced[]> {
    return new Promise((resolve, reject) => {
      this.#admit(entries);
      this.#waiting.push({ entries, resolve, reject });
      this.#writing ??= this.#writeGroups();
    });
  }

  /** The last checkpoint: a signed note under a durable head, or undefined before the first. */
  checkpoint(): string | undefined {
    return this.#publisher.head.note;
  }

  /** Entries under that checkpoint. */
  get publishedSize(): number {
    return this.#publisher.head.size;
  }

  /** Signs and publishes a checkpoint of all that is sequenced. Rejects with LOG_CLOSED, LOG_DAMAGED or LOG_WRITE_FAILED. */
  async publish(): Promise<string> {
    if (this.#refusal) throw this.#refusal;
    return this.#publisher.publish();
  }

  /** Hashes that prove entry `index` to the root of `size` entries. LOG_RANGE unless a head covers them. */
  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    this.#assertRange(index >= 0 && index < size && size <= this.publishedSize);
    return this.#tiles.proof(planInclusion(index, size));
  }

  /** Hashes that prove the tree of `from` entries to be a prefix of that of `to`. LOG_RANGE unless 0 < from <= to under a head. */
  async consistencyProof(from: number, to: number): Promise<Uint8Array[]> {
    this.#assertRange(from > 0 && from <= to && to <= this.publishedSize);
    return this.#tiles.proof(planConsistency(from, to));
  }

  /** A sequenced entry. LOG_RANGE if there is none. */
  async entry(index: number): Promise<Uint8Array> {
    this.#assertRange(Number.isSafeInteger(index) && index >= 0 && index < this.size);
    return this.#tree.entry(index) ?? this.#bundles.entry(index);
  }

  /** Entry `index` and as many after it as lie together with it, so that who reads all reads nothing twice. LOG_RANGE if there is none. */
  async entriesFrom(index: number): Promise<readonly Uint8Array[]> {
    this.#assertRange(Number.isSafeInteger(index) && index >= 0 && index < this.size);
    const held = this.#tree.entry(index);
    return held ? [held] : this.#bundles.entriesFrom(index);
  }

  /** Flushes: waits for the appends, publishes what is new, closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusal ??= new LedgerError('LOG_CLOSED');
    this.#cancelTimer?.();
    await this.#writing;
    if (!this.#failure && this.size > this.publishedSize) await this.#publisher.publish();
    await this.#publisher.idle();
    await this.#files.close();
  }

  #admit(entries: readonly LogEntry[]): void {
    if (this.#refusal) throw this.#refusal;
    let highest = this.#acceptedOutbox;
    let bytes = 0;
    for (const { outbox, entry } of entries) {
      if (!Number.isSafeInteger(outbox) || outbox <= highest)
        throw new LedgerError('LOG_OUTBOX_REPEATED', `${outbox} after ${highest}`);
      if (entry.length > MAX_ENTRY_BYTES) throw new LedgerError('LOG_ENTRY_SIZE', `${entry.length} bytes`);
      highest = outbox;
      bytes += entry.length;
    }
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.#counters.refusedBusy += 1;
      throw new LedgerError('LOG_BUSY');
    }
    this.#acceptedOutbox = highest;
    this.#waitingBytes += bytes;
  }

  /** The one writer: as long as somebody waits, one group after the other. */
  async #writeGroups(): Promise<void> {
    // Everyone who calls in this turn of the event loop shares the first sync.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      this.#waitingBytes = 0;
      await this.#writeGroup(group);
    }
    this.#writing = undefined;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const entries = group.flatMap((waiting) => waiting.entries);
      await this.#step(() => this.#segments.append(entries, this.#tree.size));
      for (const { entries, resolve } of group) resolve(entries.map((entry) => this.#sequence(entry)));
      this.#counters.groups += 1;
      this.#publishLater();
      await this.#publisher.keepUp();
    } catch (error) {
      const failure = this.#fail(error);
      for (const { reject } of group) reject(failure);
    }
  }

  #sequence({ outbox, entry }: LogEntry): Sequenced {
    const index = this.#tree.size;
    this.#highestOutbox = outbox;
    this.#counters.entries += 1;
    return { index, leafHash: this.#tree.append(entry) };
  }

  #publishLater(): void {
    if (this.#cancelTimer || this.#refusal) return;
    const task = (): void => {
      this.#cancelTimer = undefined;
      this.#publisher.publish().catch((error) => this.#fail(error));
    };
    this.#cancelTimer = (this.#options.schedule ?? realTimer)(
      task,
      this.#options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS,
    );
  }

  async #step<T>(task: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure;
    try {
      return await task();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Nothing is known of the disk after a failed step, so nothing more is done: the next start finds out. */
  #fail(cause: unknown): LedgerError {
    if (this.#failure) return this.#failure;
    this.#failure = cause instanceof LedgerError ? cause : new LedgerError('LOG_WRITE_FAILED', undefined, { cause });
    this.#refusal = this.#failure;
    this.#cancelTimer?.();
    this.#options.onFatal(this.#failure);
    return this.#failure;
  }

  #assertRange(holds: boolean): void {
    if (!holds) throw new LedgerError('LOG_RANGE');
  }
}

function realTimer(task: () => void, delayMs: number): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}
