// SPDX-License-Identifier: Apache-2.0
/** The series follower's work: sealed envelopes of the outbox into the series store, which may be down for days. */
import type { PassFaultPoint } from '../fault-point.ts';
import type { FollowerWork } from '../follower.ts';
import type { OutboxStore, SeriesPoint } from '../record/outbox-store.ts';
import type { WriteOutcome } from './series-backend.ts';

/** Sent at once: bounds what is in memory on both sides, however much waits. */
const MAX_POINTS_AT_ONCE = 64;
const MAX_BYTES_AT_ONCE = 1024 * 1024;

export interface SeriesDeps {
  readonly outbox: Pick<OutboxStore, 'unstored'>;
  readonly write: (points: readonly SeriesPoint[]) => Promise<readonly WriteOutcome[]>;
  /** Moves the cursor: these are durable there, those cannot be. */
  readonly settled: (stored: readonly number[], setAside: readonly number[]) => Promise<void>;
  readonly passFaultPoint: PassFaultPoint;
  /** Points that are set aside, and why. Called once the cursor has moved. */
  readonly onSetAside: (why: Exclude<WriteOutcome, 'stored'>, count: number) => void;
}

export function seriesWork(deps: SeriesDeps): FollowerWork {
  return {
    name: 'series',
    async sendOldest() {
      const points = deps.outbox.unstored(MAX_POINTS_AT_ONCE, MAX_BYTES_AT_ONCE);
      if (points.length === 0) return 0;
      const outcomes = await deps.write(points);
      deps.passFaultPoint('series-after-write');
      const withOutcome = (outcome: WriteOutcome) =>
        points.filter((_, i) => outcomes[i] === outcome).map((point) => point.outbox);
      // Other bytes under our coordinates, or a point that the store will never take: ours stay in the outbox, and the rest goes on.
      const [conflicting, refused] = [withOutcome('conflict'), withOutcome('refused')];
      await deps.settled(withOutcome('stored'), [...conflicting, ...refused]);
      if (conflicting.length > 0) deps.onSetAside('conflict', conflicting.length);
      if (refused.length > 0) deps.onSetAside('refused', refused.length);
      return points.length;
    },
  };
}
