// SPDX-License-Identifier: Apache-2.0
/**
 * What a series store is to the gateway: sealed envelopes under opaque coordinates. It is not trusted: whoever alters it is found
 * out by signature, seal and tree. Writing the same point twice is one point.
 */
import type { EpochPlace, SeriesPoint } from '../record/outbox-store.ts';

/**
 * What came of one point: stored durably (now or before), in conflict with other bytes under the same coordinates, or refused by
 * the store for what it is. The last two are final: trying again cannot help until somebody mends the store.
 */
export type WriteOutcome = 'stored' | 'conflict' | 'refused';

export interface SeriesBackend extends Disposable {
  /** One outcome a point, in order. Rejects when the store is down or does not let us in: then all may be tried again. */
  write(points: readonly SeriesPoint[]): Promise<WriteOutcome[]>;
  /** Envelopes of one epoch with numbers from `first` to `last`, both included; what the store does not have is left out. */
  read(place: EpochPlace, first: number, last: number): Promise<ReadonlyMap<number, Uint8Array>>;
}
