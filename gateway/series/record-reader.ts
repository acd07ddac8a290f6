// SPDX-License-Identifier: Apache-2.0
/**
 * Reading the record back: finds the batches of a stay, fetches their envelopes from the outbox or the series store, opens and
 * checks each, and follows the chain. It trusts the index only to find things; what is missing or altered is named. Read-only,
 * and synchronous but for the keys: it belongs in a worker.
 */
import { createHash, type KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  type DisplayedEnvelope,
  decodeKeyRecord,
  LedgerError,
  type OpenedEnvelope,
  openEnvelope,
  openEpochKey,
  openForDisplay,
  type RecordReading,
  type VerifyingKey,
  verifyingKey,
} from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { Identity } from '../identity.ts';
import { readJournalDatabase } from '../journal/journal-database.ts';
import { OutboxStore } from '../record/outbox-store.ts';
import { type Epoch, type Stream, StreamStore } from '../record/stream-store.ts';
import type { SeriesBackend } from './series-backend.ts';

export interface RecordReaderOptions {
  readonly journalPath: string;
  /** Disposed with the reader. */
  readonly series: SeriesBackend;
  readonly identity: Pick<Identity, 'gatewayKey'>;
  /** Who reads, and the X25519 private key that opens the wraps for it. */
  readonly reader: { readonly id: string; readonly key: KeyObject };
}

interface FoundBatch {
  readonly stay: string;
  /** Its entry is number `outbox - 1` of the log. */
  readonly outbox: number;
}
/** A batch that was opened and checked. */
export type ReadBatch = FoundBatch & OpenedEnvelope;
/** A batch to look at: its leaves were not hashed again, see `openForDisplay`. */
export type DisplayedBatch = FoundBatch & DisplayedEnvelope;
type Opening<Opened> = (bytes: Uint8Array, epochKey: KeyObject, gatewayKey: Uint8Array | VerifyingKey) => Opened;

export interface StaySummary {
  readonly stay: string;
  readonly bed: string | null;
  readonly openedMs: number;
  readonly closedMs: number | null;
}

interface OpenEpoch {
  readonly tag: Uint8Array;
  readonly key: KeyObject;
}
type IndexedBatch = ReturnType<OutboxStore['overlapping']>[number];

/** Fetched from the store together: bounds what is in memory, however long the range. */
const MAX_BATCHES_AT_ONCE = 64;

export class RecordReader implements Disposable {
  readonly #options: RecordReaderOptions;
  readonly #database: DatabaseSync;
  readonly #streams: StreamStore;
  readonly #outbox: OutboxStore;
  readonly #epochs = new Map<string, OpenEpoch>();
  #gatewayKey: VerifyingKey | undefined;

  constructor(options: RecordReaderOptions) {
    this.#options = options;
    this.#database = readJournalDatabase(options.journalPath);
    this.#streams = new StreamStore(this.#database);
    this.#outbox = new OutboxStore(this.#database);
  }

  stays(): StaySummary[] {
    const rows = this.#database.prepare('SELECT id, bed, opened_ms, closed_ms FROM stay ORDER BY opened_ms').all();
    return rows.map((row) => ({
      stay: Buffer.from(row['id'] as Uint8Array).toString('hex'),
      bed: row['bed'] as string | null,
      openedMs: Number(row['opened_ms']),
      closedMs: row['closed_ms'] === null ? null : Number(row['closed_ms']),
    }));
  }

  /**
   * Batches of a stay that overlap [fromMs, toMs], oldest first, opened and checked. Throws RECORD_MISSING for a batch that is
   * in no store, RECORD_SWAPPED for one under other coordinates, RECORD_ALTERED for one that does not open as sealed.
   */
  batches(stay: string, fromMs?: number, toMs?: number): AsyncGenerator<ReadBatch> {
    return this.#batches(openEnvelope, stay, fromMs, toMs);
  }

  /** The same in columns, to draw: signature, seal and place are checked, the leaves are not hashed again. */
  displayed(stay: string, fromMs?: number, toMs?: number): AsyncGenerator<DisplayedBatch> {
    return this.#batches(openForDisplay, stay, fromMs, toMs);
  }

  /** Highest outbox number of the batches of a stay that overlap [fromMs, toMs]; 0 if there is none. */
  newestOutbox(stay: string, fromMs: number, toMs: number): number {
    const streams = this.#streams.streamsOf(stay);
    const found = streams.map(({ id }) => this.#outbox.overlapping(id, fromMs, toMs).at(-1)?.outbox ?? 0);
    return Math.max(0, ...found);
  }

  async *#batches<Opened extends DisplayedEnvelope | OpenedEnvelope>(
    opening: Opening<Opened>,
    stay: string,
    fromMs = Number.NEGATIVE_INFINITY,
    toMs = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<FoundBatch & Opened> {
    for (const stream of this.#streams.streamsOf(stay)) {
      const bounds = { from: Math.max(fromMs, -(2 ** 52)), to: Math.min(toMs, 2 ** 52) };
      const batches = this.#outbox.overlapping(stream.id, bounds.from, bounds.to);
      for (let at = 0; at < batches.length; at += MAX_BATCHES_AT_ONCE) {
        const some = batches.slice(at, at + MAX_BATCHES_AT_ONCE);
        const stored = await this.#stored(stream, some);
        for (const { outbox, epoch, batch, envelope } of some) {
          const kept = envelope ?? stored.get(epoch)?.get(batch);
          yield { stay, outbox, ...(await this.#open(opening, stream, epoch, batch, kept)) };
        }
      }
    }
  }

  /** Readings of a stay in [fromMs, toMs] by corrected time, in the order in which they were recorded. */
  async readings(stay: string, fromMs?: number, toMs?: number): Promise<RecordReading[]> {
    const found: RecordReading[] = [];
    for await (const batch of this.batches(stay, fromMs, toMs)) {
      for (const reading of batch.readings) {
        if (
          reading.correctedMs >= (fromMs ?? Number.NEGATIVE_INFINITY) &&
          reading.correctedMs <= (toMs ?? Number.POSITIVE_INFINITY)
        )
          found.push(reading);
      }
    }
    return found;
  }

  /**
   * Walks the whole chain of a stay: running numbers without a hole, each batch naming the hash of the one before. `visit` is called with
   * each batch that follows. Gives how many there are. Throws RECORD_CHAIN_BROKEN naming the first that does not, and as `batches` does.
   */
  async checkChain(stay: string, visit?: (batch: ReadBatch) => Promise<void>): Promise<number> {
    // Asked first: while the gateway runs, more come.
    const promised = this.#streams.streamsOf(stay).reduce((sum, stream) => sum + stream.running, 0);
    let previous = Buffer.alloc(32);
    let running = 0;
    for await (const batch of this.batches(stay)) {
      const { leafZero, signedPart, outbox } = batch;
      const follows = leafZero.runningNumber === running && Buffer.compare(leafZero.previousHash, previous) === 0;
      if (!follows)
        throw new GatewayError('RECORD_CHAIN_BROKEN', `batch ${running} of the stream, outbox number ${outbox}`);
      await visit?.(batch);
      previous = createHash('sha256').update(signedPart).digest();
      running += 1;
    }
    if (running < promised)
      throw new GatewayError('RECORD_CHAIN_BROKEN', `${promised - running} batches are missing at the end`);
    return running;
  }

  [Symbol.dispose](): void {
    this.#options.series[Symbol.dispose]();
    this.#database.close();
  }

  /** What left the outbox, by epoch and number: one question to the store an epoch, since a store may be a network away. */
  async #stored(
    stream: Stream,
    batches: readonly IndexedBatch[],
  ): Promise<Map<number, ReadonlyMap<number, Uint8Array>>> {
    const gone = Map.groupBy(
      batches.filter(({ envelope }) => envelope === null),
      ({ epoch }) => epoch,
    );
    const stored = new Map<number, ReadonlyMap<number, Uint8Array>>();
    for (const [epoch, some] of gone) {
      const { tag, openedMs } = this.#epochOf(stream, epoch);
      const numbers = some.map(({ batch }) => batch);
      const place = { tag, epoch, epochStartMs: openedMs };
      stored.set(epoch, await this.#options.series.read(place, Math.min(...numbers), Math.max(...numbers)));
    }
    return stored;
  }

  async #open<Opened extends DisplayedEnvelope | OpenedEnvelope>(
    opening: Opening<Opened>,
    stream: Stream,
    epoch: number,
    batch: number,
    envelope: Uint8Array | undefined,
  ): Promise<Opened> {
    const { tag, key } = await this.#epochKey(stream, epoch);
    const place = `epoch ${epoch}, batch ${batch}`;
    if (!envelope) throw new GatewayError('RECORD_MISSING', place);
    const opened = this.#checked(opening, envelope, key, place);
    const { header } = opened;
    const inPlace = Buffer.compare(header.streamTag, tag) === 0 && header.epoch === epoch && header.number === batch;
    if (!inPlace) throw new GatewayError('RECORD_SWAPPED', place);
    return opened;
  }

  #checked<Opened>(opening: Opening<Opened>, envelope: Uint8Array, key: KeyObject, place: string): Opened {
    try {
      this.#gatewayKey ??= verifyingKey(this.#options.identity.gatewayKey);
      return opening(envelope, key, this.#gatewayKey ?? this.#options.identity.gatewayKey);
    } catch (cause) {
      if (cause instanceof LedgerError) throw new GatewayError('RECORD_ALTERED', `${place}: ${cause.code}`, { cause });
      throw cause;
    }
  }

  async #epochKey(stream: Stream, number: number): Promise<OpenEpoch> {
    const known = this.#epochs.get(`${stream.id}/${number}`);
    if (known) return known;
    const epoch = this.#epochOf(stream, number);
    const { id, key: privateKey } = this.#options.reader;
    const key = await openEpochKey(decodeKeyRecord(epoch.keyRecord), id, privateKey, this.#options.identity.gatewayKey);
    const opened = { tag: epoch.tag, key };
    this.#epochs.set(`${stream.id}/${number}`, opened);
    return opened;
  }

  #epochOf(stream: Stream, number: number): Epoch {
    const epoch = this.#streams.epochs(stream.id).find((candidate) => candidate.epoch === number);
    if (!epoch) throw new GatewayError('RECORD_MISSING', `epoch ${number}`);
    return epoch;
  }
}
