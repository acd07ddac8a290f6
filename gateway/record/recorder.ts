// SPDX-License-Identifier: Apache-2.0
/**
 * The record follower: collects journal rows into a batch a stream, closes it by age, size or on demand, seals it once, and
 * commits envelope, log entry and cursor in one transaction. Runs in the journal worker, after the commit of the rows.
 */
import { FLAG } from '../../devices/index.ts';
import {
  batchEntry,
  decodeReading,
  type EncodedReading,
  encodeReading,
  type LeafZero,
  sealBatch,
  sha256,
} from '../../ledger/index.ts';
import type { PassFaultPoint } from '../fault-point.ts';
import { inTransaction } from '../journal/journal-database.ts';
import type { JournalRow } from '../journal/rows.ts';
import { type EpochDeps, Epochs } from './epochs.ts';
import { type BatchLimits, OpenBatch } from './open-batch.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Stream } from './stream-store.ts';

export interface RecordLimits extends BatchLimits {
  /** Ward milliseconds. */
  readonly epochMs: number;
  readonly paddingBytes: number;
}

export interface RecorderDeps extends EpochDeps {
  readonly outbox: OutboxStore;
  readonly gateway: string;
  readonly limits: RecordLimits;
  /** Wall time at monotonic 0 of a boot, and whether the clock was synchronised. */
  readonly bootOf: (boot: string) => { wallMs: number; timeTrust: 0 | 1 };
  readonly trustOf: (device: string) => { badge: 'A' | 'B' | 'C' | 'D'; label: string };
  readonly passFaultPoint: PassFaultPoint;
  /** A batch was committed; its outbox number. */
  readonly onSealed: (outbox: number) => void;
}

/** A committed row with its insertion sequence. */
interface Numbered {
  readonly sequence: number;
  readonly row: JournalRow;
}

const STREAM_CLASS = 'numeric';
/** Flags that say something about the value: only then the bytes as received go into the record too. */
const QUALITY_FLAGS = FLAG.implausible | FLAG.sensorInvalid | FLAG.weakSignal | FLAG.conflict | FLAG.unexpectedUnit;

export class Recorder {
  readonly #deps: RecorderDeps;
  /** By stay; one stream class so far. */
  readonly #open = new Map<string, OpenBatch>();
  readonly #recorded = new Map<string, number>();
  readonly #epochs: Epochs;
  /** Sealing waits for key wraps; everything that touches a batch goes through this queue, in order. */
  #work: Promise<unknown> = Promise.resolve();
  /** Committed rows that no batch has taken yet, oldest first. While nothing can be sealed for want of space, few are committed. */
  readonly #untaken: Numbered[] = [];
  #seenUpTo = 0;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    this.#epochs = new Epochs(deps);
    for (const stream of deps.streams.streams()) this.#recorded.set(stream.stay, stream.recorded);
  }

  /**
   * Takes committed rows; those that stand in a batch already (after a restart) are passed over. When a batch in between cannot
   * be sealed, it rejects and loses none of them: the next call or tick takes them where this one stopped.
   */
  take(rows: Iterable<Numbered>): Promise<void> {
    for (const numbered of rows) {
      this.#seenUpTo = numbered.sequence;
      if (numbered.sequence > (this.#recorded.get(numbered.row.stay) ?? 0)) this.#untaken.push(numbered);
    }
    return this.#queue(() => this.#takeUntaken());
  }

  /** Closes what is due by age. */
  tick(): Promise<void> {
    return this.#queue(async () => {
      await this.#takeUntaken();
      await this.#closeWhere((batch) => batch.isDue(this.#deps.limits, this.#deps.wardMs()));
    });
  }

  /** Closes every open batch, or that of one stay, now: shutdown, discharge, consent. */
  flush(stay?: string): Promise<void> {
    return this.#queue(() => this.#closeWhere((batch) => stay === undefined || batch.stay === stay));
  }

  /** Seals what is open and ends every epoch: what is recorded from now on is under new keys. */
  rotate(): Promise<void> {
    return this.#queue(async () => {
      await this.#takeUntaken();
      await this.#closeWhere(() => true);
      this.#epochs.endAll();
    });
  }

  /** Ends the epochs of stays that have ended, and those that are as old as an epoch may be, whether or not a reading follows. */
  closeEpochs(): Promise<void> {
    return this.#queue(async () => this.#epochs.endExpired((stay) => this.#open.has(stay)));
  }

  /** Insertion sequence of the oldest row that is in no sealed batch, or of the next row to be committed if there is none. */
  oldestOpenRow(): number {
    const untaken = this.#untaken[0]?.sequence ?? this.#seenUpTo + 1;
    return Math.min(untaken, ...[...this.#open.values()].map((batch) => batch.first));
  }

  get openBatches(): number {
    return this.#open.size;
  }

  /** The readings that are in no sealed batch yet, oldest first: what a trend shows beyond the record. */
  openReadings(stay: string): Uint8Array[] {
    return [...(this.#open.get(stay)?.readings ?? [])];
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work);
    // The caller sees the failure; the queue itself goes on.
    this.#work = next.catch(() => {});
    return next;
  }

  async #takeUntaken(): Promise<void> {
    let taken = 0;
    try {
      for (let next = this.#untaken[0]; next; next = this.#untaken[taken]) {
        const encoded = next.row.kind === 'reading' ? encodedOf(next.row.bytes, next.row.raw) : undefined;
        const boot = encoded?.reading.boot ?? (next.row.kind === 'gap' ? next.row.boot : '');
        const batch = await this.#batchFor(next, boot);
        if (encoded) batch.addReading(next.sequence, encoded);
        else if (next.row.kind === 'gap') batch.addGap(next.sequence, next.row.gap);
        taken += 1;
        if (batch.isFull(this.#deps.limits)) await this.#close(batch);
      }
    } finally {
      this.#untaken.splice(0, taken);
    }
  }

  /** The open batch of the row's stay. One of another boot, or one that was full but could not be sealed, is sealed first. */
  async #batchFor({ sequence, row }: Numbered, boot: string): Promise<OpenBatch> {
    const open = this.#open.get(row.stay);
    if (open && open.boot === boot && !open.isFull(this.#deps.limits)) return open;
    if (open) await this.#close(open);
    const batch = new OpenBatch(row.stay, boot, this.#deps.wardMs(), sequence);
    this.#open.set(row.stay, batch);
    return batch;
  }

  async #closeWhere(due: (batch: OpenBatch) => boolean): Promise<void> {
    for (const batch of [...this.#open.values()].filter(due)) await this.#close(batch);
  }

  /** Seals and commits one batch. A crash before the commit leaves the rows in the journal, from which the batch is built anew. */
  async #close(batch: OpenBatch): Promise<void> {
    const { database, streams, outbox, stays } = this.#deps;
    const stream = inTransaction(database, () => streams.ensure(batch.stay, STREAM_CLASS));
    const open = await this.#epochs.open(stream);
    const { epoch, key, careWrap } = open;
    const { fromMs, toMs } = batch.window();
    const { envelope, signedPart } = sealBatch({
      leafZero: this.#leafZero(batch, stream),
      readings: batch.encodedReadings(),
      streamTag: epoch.tag,
      epoch: epoch.epoch,
      number: epoch.next,
      epochKey: key,
      signingKey: this.#deps.signing,
      paddingBytes: this.#deps.limits.paddingBytes,
      random: this.#deps.random,
    });
    this.#deps.passFaultPoint('record-before-commit');
    // Commit point of the record: sealed envelope, log entry and cursor, in one transaction (design 2.5).
    const number = inTransaction(database, () => {
      if (careWrap) stays.putCareWrap(batch.stay, careWrap);
      streams.putEpoch({ ...epoch, next: epoch.next + 1 });
      streams.advance(stream.id, stream.running + 1, sha256(signedPart), batch.last);
      const entry = batchEntry(signedPart);
      return outbox.addBatch({
        stream: stream.id,
        epoch: epoch.epoch,
        batch: epoch.next,
        first: batch.first,
        fromMs,
        toMs,
        entry,
        envelope,
      });
    });
    this.#deps.passFaultPoint('record-after-commit');
    this.#open.delete(batch.stay);
    this.#recorded.set(batch.stay, batch.last);
    this.#epochs.keep(open);
    this.#deps.onSealed(number);
  }

  #leafZero(batch: OpenBatch, stream: Stream): LeafZero {
    return {
      gateway: this.#deps.gateway,
      runningNumber: stream.running,
      previousHash: stream.previous,
      ...batch.window(),
      count: batch.readings.length,
      devices: [...batch.devices].map((handle) => ({ handle, ...this.#deps.trustOf(handle) })),
      boot: { id: batch.boot, ...this.#deps.bootOf(batch.boot) },
      gaps: batch.gaps,
    };
  }
}

function encodedOf(bytes: Uint8Array, raw: Uint8Array): EncodedReading {
  const reading = decodeReading(bytes);
  if ((reading.flags & QUALITY_FLAGS) === 0 || raw.length === 0) return { reading, bytes };
  const flagged = { ...reading, raw };
  return { reading: flagged, bytes: encodeReading(flagged) };
}
