// SPDX-License-Identifier: Apache-2.0
/** The series follower's work: sealed envelopes of the outbox into the series store, which may be down for days. */
import type { PassFaultPoint } from '../fault-point.ts';
import type { FollowerWork } from '../follower.ts';
import type { OutboxStore, SeriesPoint } from '../record/outbox-store.ts';
import type { WriteOutcome } from './series-store.ts';

/** Points sent at once: bounds what is in memory on both sides. */
const MAX_POINTS_AT_ONCE = 64;

export interface SeriesDeps {
  readonly outbox: OutboxStore;
  readonly write: (points: readonly SeriesPoint[]) => Promise<readonly WriteOutcome[]>;
  /** Moves the cursor: these are durable there, or can never be. */
  readonly settled: (stored: readonly number[], conflicting: readonly number[]) => Promise<void>;
  readonly passFaultPoint: PassFaultPoint;
  readonly onConflict: (count: number) => void;
}

export function seriesWork(deps: SeriesDeps): FollowerWork {
  return {
    name: 'series',
    async sendOldest() {
      const points = deps.outbox.unstored(MAX_POINTS_AT_ONCE);
      if (points.length === 0) return 0;
      const outcomes = await deps.write(points);
      deps.passFaultPoint('series-after-write');
      const withOutcome = (outcome: WriteOutcome) =>
        points.filter((_, i) => outcomes[i] === outcome).map((point) => point.outbox);
      const conflicting = withOutcome('conflict');
      // Other bytes under our coordinates: somebody altered the store. Ours stay in the outbox, and the rest goes on.
      if (conflicting.length > 0) deps.onConflict(conflicting.length);
      await deps.settled(withOutcome('stored'), conflicting);
      return points.length;
    },
  };
}
