// SPDX-License-Identifier: Apache-2.0
/**
 * How fast a process grows, out of figures that go up and down: open batches fill and are sealed, and more is under way when the machine is
 * busy. The level at a time is the lowest figure in as long as a batch may be open; the growth is the median slope (Theil and Sen)
 * between levels, which one step early or late does not turn.
 */

export interface MemorySample {
  /** Any clock, in ms. */
  readonly atMs: number;
  readonly bytes: number;
}

/** A batch is open for five minutes at most (`record.batchMaxMs`). A short run takes a third of itself. */
const BATCH_MS = 5 * 60_000;
const LEVELS_IN_SHORT_RUN = 3;
const HOUR_MS = 3_600_000;
const MB = 1e6;
/** The gate of a soak, and from which span on it holds as it stands. */
const GATE_MB_PER_HOUR = 1;
const FULL_SPAN_MS = 25 * 60_000;
/** What V8 may take before its first full collections: a process that idles along collects late, so a short run sees a gross leak only. */
const SETTLING_MB = 32;

/** MB gained in an hour; at least two samples, in order of time. */
export function memorySlopeMbPerHour(samples: readonly MemorySample[]): number {
  const levels = levelsOf(samples);
  const slopes = levels.flatMap((from, i) =>
    levels.slice(i + 1).map((to) => ((to.bytes - from.bytes) / MB / (to.atMs - from.atMs)) * HOUR_MS),
  );
  return slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? Number.NaN;
}

/** What may be asked of a run of this length: a short one cannot tell a small leak from a heap that still settles. */
export function slopeLimitMbPerHour(spanMs: number): number {
  return spanMs >= FULL_SPAN_MS ? GATE_MB_PER_HOUR : GATE_MB_PER_HOUR + (SETTLING_MB / spanMs) * HOUR_MS;
}

/** The level from each sample on, as long as there is a whole window of them. */
function levelsOf(samples: readonly MemorySample[]): MemorySample[] {
  const endMs = samples.at(-1)?.atMs ?? 0;
  const windowMs = Math.min(BATCH_MS, (endMs - (samples.at(0)?.atMs ?? 0)) / LEVELS_IN_SHORT_RUN);
  return samples
    .filter(({ atMs }) => atMs + windowMs <= endMs)
    .map(({ atMs }) => {
      const inside = samples.filter((sample) => sample.atMs >= atMs && sample.atMs < atMs + windowMs);
      return { atMs, bytes: Math.min(...inside.map(({ bytes }) => bytes)) };
    });
}
