// SPDX-License-Identifier: Apache-2.0
/**
 * The epochs of the streams with their keys: which one a batch is sealed in, when a new one begins, and what the gateway forgets when one ends.
 * Whoever calls these does so one after the other.
 */
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  decodeKeyRecord,
  encodeKeyRecord,
  openEpochKey,
  type Recipient,
  streamTag,
  wrapEpochKey,
  wrapStayKey,
  xaesKey,
} from '../../ledger/index.ts';
import { inTransaction } from '../journal/journal-database.ts';
import type { StayStore } from '../ward/stay-store.ts';
import type { Epoch, Stream, StreamStore } from './stream-store.ts';

export interface EpochDeps {
  readonly database: DatabaseSync;
  readonly streams: StreamStore;
  readonly stays: StayStore;
  readonly signing: KeyObject;
  readonly signingPublic: Uint8Array;
  readonly gatewayKem: KeyObject;
  /** The care team, and the gateway itself while an epoch is open. */
  readonly careTeam: Recipient;
  readonly self: Recipient;
  readonly limits: { readonly epochMs: number };
  readonly random: (length: number) => Uint8Array;
  readonly wardMs: () => number;
}

interface OpenEpoch {
  readonly epoch: Epoch;
  readonly key: KeyObject;
  /** To be kept with the stay, where the care team has no wrap of its key yet. */
  readonly careWrap?: Uint8Array;
}

export class Epochs {
  readonly #deps: EpochDeps;
  /** Of open epochs, by stream. */
  readonly #keys = new Map<number, { readonly epoch: number; readonly key: KeyObject }>();

  constructor(deps: EpochDeps) {
    this.#deps = deps;
  }

  /** The epoch open now, with its key; a new one if there is none, or if the last is as old as an epoch may be. */
  async open(stream: Stream): Promise<OpenEpoch> {
    const { streams, wardMs, limits, self, gatewayKem, signingPublic } = this.#deps;
    const last = streams.newestEpoch(stream.id);
    if (last?.closedMs !== null || wardMs() - last.openedMs >= limits.epochMs) return this.#begin(stream, last);
    const known = this.#keys.get(stream.id);
    if (known?.epoch === last.epoch) return { epoch: last, key: known.key };
    const record = decodeKeyRecord(last.keyRecord);
    return { epoch: last, key: await openEpochKey(record, self.id, gatewayKem, signingPublic) };
  }

  /** A batch of the epoch is committed: its key is at hand for the next. */
  keep({ epoch: { stream, epoch }, key }: OpenEpoch): void {
    this.#keys.set(stream, { epoch, key });
  }

  /** Ends the epochs of stays that have ended, and those that are as old as an epoch may be, unless a batch is open in them. */
  endExpired(hasOpenBatch: (stay: string) => boolean): void {
    const { streams, limits, wardMs } = this.#deps;
    for (const { stay, epoch } of streams.expiredEpochs(wardMs() - limits.epochMs))
      if (!hasOpenBatch(stay)) this.#end([epoch]);
  }

  /** Ends every epoch before its time: whoever was given a key has none for what comes. All streams at once, or the one that changes alone would be known by its count (I4). */
  endAll(): void {
    const { streams, wardMs } = this.#deps;
    this.#end(streams.openEpochs(), () => streams.addRotation(wardMs()));
  }

  async #begin(stream: Stream, last: Epoch | undefined): Promise<OpenEpoch> {
    const { stays, careTeam, self, signing, random, wardMs, limits, streams } = this.#deps;
    if (last?.closedMs === null) this.#end([last]);
    // All streams change epoch together and count alike: start and number, which a store sees, must not tell which epochs belong together (I4).
    const today = Math.floor(wardMs() / limits.epochMs);
    const number = Math.max(today + streams.rotations(), last ? last.epoch + 1 : 0);
    const tag = streamTag(stays.stayKey(stream.stay), stream.streamClass, number);
    const secret = random(32);
    const record = await wrapEpochKey(secret, tag, number, [careTeam, self], signing);
    const careWrap = stays.hasCareWrap(stream.stay)
      ? undefined
      : await wrapStayKey(stays.stayKeyBytes(stream.stay), stream.stay, careTeam);
    const epoch = {
      stream: stream.id,
      epoch: number,
      tag,
      openedMs: today * limits.epochMs,
      closedMs: null,
      next: 0,
      keyRecord: encodeKeyRecord(record),
    };
    return { epoch, key: xaesKey(secret), ...(careWrap && { careWrap }) };
  }

  /** An epoch that has ended loses the gateway's wrap: a box stolen today does not open last week (security 3.1). */
  #end(epochs: readonly Epoch[], also: () => void = () => {}): void {
    const { database, streams, self, wardMs } = this.#deps;
    inTransaction(database, () => {
      for (const epoch of epochs) {
        const kept = decodeKeyRecord(epoch.keyRecord);
        const keyRecord = encodeKeyRecord({ ...kept, wraps: kept.wraps.filter((wrap) => wrap.recipient !== self.id) });
        streams.putEpoch({ ...epoch, closedMs: wardMs(), keyRecord });
      }
      also();
    });
    for (const { stream } of epochs) this.#keys.delete(stream);
  }
}
