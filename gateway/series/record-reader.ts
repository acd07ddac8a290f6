// SPDX-License-Identifier: Apache-2.0
/**
 * Reading the record back: finds the batches of a stay, fetches their envelopes from the outbox or the series store, opens and
 * checks each, and follows the chain. It trusts the index only to find things; what is missing or altered is named. Read-only,
 * and synchronous but for the keys: it belongs in a worker.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import {
  decodeKeyRecord,
  LedgerError,
  type OpenedEnvelope,
  openEnvelope,
  openEpochKey,
  type RecordReading,
} from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { Identity } from '../identity.ts';
import { readJournalDatabase } from '../journal/journal-database.ts';
import { OutboxStore } from '../record/outbox-store.ts';
import { type Stream, StreamStore } from '../record/stream-store.ts';
import { SeriesStore } from './series-store.ts';

export interface ReaderOptions {
  readonly journalPath: string;
  readonly seriesPath: string;
  readonly identity: Pick<Identity, 'gatewayKey'>;
  /** Who reads, and the X25519 private key that opens the wraps for it. */
  readonly reader: { readonly id: string; readonly key: KeyObject };
}

/** A batch that was opened and checked. */
export interface ReadBatch extends OpenedEnvelope {
  readonly stay: string;
  /** Its entry is number `outbox - 1` of the log. */
  readonly outbox: number;
}

export interface StaySummary {
  readonly stay: string;
  readonly bed: string | null;
  readonly openedMs: number;
  readonly closedMs: number | null;
}

export class RecordReader implements Disposable {
  readonly #options: ReaderOptions;
  readonly #database: DatabaseSync;
  readonly #streams: StreamStore;
  readonly #outbox: OutboxStore;
  readonly #series: SeriesStore | undefined;
  readonly #epochs = new Map<string, { tag: Uint8Array; key: KeyObject }>();

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#database = readJournalDatabase(options.journalPath);
    this.#streams = new StreamStore(this.#database);
    this.#outbox = new OutboxStore(this.#database);
    this.#series = existsSync(options.seriesPath) ? new SeriesStore(options.seriesPath, true) : undefined;
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
  async *batches(
    stay: string,
    fromMs = Number.NEGATIVE_INFINITY,
    toMs = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<ReadBatch> {
    for (const stream of this.#streams.streamsOf(stay)) {
      const bounds = { from: Math.max(fromMs, -(2 ** 52)), to: Math.min(toMs, 2 ** 52) };
      for (const { outbox, epoch, batch, envelope } of this.#outbox.overlapping(stream.id, bounds.from, bounds.to)) {
        yield { stay, outbox, ...(await this.#open(stream, epoch, batch, envelope)) };
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
   * Walks the whole chain of a stay: running numbers without a hole, each batch naming the hash of the one before. Throws
   * RECORD_CHAIN_BROKEN naming the first that does not.
   */
  async checkChain(stay: string): Promise<number> {
    let previous = Buffer.alloc(32);
    let running = 0;
    for await (const { leafZero, signedPart, outbox } of this.batches(stay)) {
      const follows = leafZero.runningNumber === running && Buffer.compare(leafZero.previousHash, previous) === 0;
      if (!follows)
        throw new GatewayError('RECORD_CHAIN_BROKEN', `batch ${running} of the stream, outbox number ${outbox}`);
      previous = createHash('sha256').update(signedPart).digest();
      running += 1;
    }
    const promised = this.#streams.streamsOf(stay).reduce((sum, stream) => sum + stream.running, 0);
    if (running !== promised)
      throw new GatewayError('RECORD_CHAIN_BROKEN', `${promised - running} batches are missing at the end`);
    return running;
  }

  [Symbol.dispose](): void {
    this.#series?.[Symbol.dispose]();
    this.#database.close();
  }

  async #open(stream: Stream, epoch: number, batch: number, kept: Uint8Array | null): Promise<OpenedEnvelope> {
    const { tag, key } = await this.#epochKey(stream, epoch);
    const envelope = kept ?? this.#series?.read(tag, epoch, batch);
    const place = `epoch ${epoch}, batch ${batch}`;
    if (!envelope) throw new GatewayError('RECORD_MISSING', place);
    const opened = this.#checked(envelope, key, place);
    const { header } = opened;
    const inPlace = Buffer.compare(header.streamTag, tag) === 0 && header.epoch === epoch && header.number === batch;
    if (!inPlace) throw new GatewayError('RECORD_SWAPPED', place);
    return opened;
  }

  #checked(envelope: Uint8Array, key: KeyObject, place: string): OpenedEnvelope {
    try {
      return openEnvelope(envelope, key, this.#options.identity.gatewayKey);
    } catch (cause) {
      if (cause instanceof LedgerError) throw new GatewayError('RECORD_ALTERED', `${place}: ${cause.code}`, { cause });
      throw cause;
    }
  }

  async #epochKey(stream: Stream, number: number): Promise<{ tag: Uint8Array; key: KeyObject }> {
    const known = this.#epochs.get(`${stream.id}/${number}`);
    if (known) return known;
    const epoch = this.#streams.epochs(stream.id).find((candidate) => candidate.epoch === number);
    if (!epoch) throw new GatewayError('RECORD_MISSING', `epoch ${number}`);
    const { id, key: privateKey } = this.#options.reader;
    const key = await openEpochKey(decodeKeyRecord(epoch.keyRecord), id, privateKey, this.#options.identity.gatewayKey);
    const opened = { tag: epoch.tag, key };
    this.#epochs.set(`${stream.id}/${number}`, opened);
    return opened;
  }
}
