// SPDX-License-Identifier: Apache-2.0
/**
 * How fast a process grows, out of figures that go up and down with the garbage collector: the median slope (Theil and Sen)
 * between the lowest figures of equal stretches of time. A single full collection, early or late, does not turn it.
 */

export interface MemorySample {
  /** Any clock, in ms. */
  readonly atMs: number;
  readonly bytes: number;
}

const STRETCHES = 10;
const HOUR_MS = 3_600_000;
const MB = 1e6;
/** The gate of a soak, and from which span on it holds as it stands. */
const GATE_MB_PER_HOUR = 1;
const FULL_SPAN_MS = 25 * 60_000;
/** What V8 may take before its first full collections: a process that idles along collects late, so a short run sees a gross leak only. */
const SETTLING_MB = 32;

/** MB gained in an hour; at least two samples, in order of time. */
export function memorySlopeMbPerHour(samples: readonly MemorySample[]): number {
  const lows = lowest(samples);
  const slopes = lows.flatMap((from, i) =>
    lows.slice(i + 1).map((to) => ((to.bytes - from.bytes) / MB / (to.atMs - from.atMs)) * HOUR_MS),
  );
  return slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? Number.NaN;
}

/** What may be asked of a run of this length: a short one cannot tell a small leak from a heap that still settles. */
export function slopeLimitMbPerHour(spanMs: number): number {
  return spanMs >= FULL_SPAN_MS ? GATE_MB_PER_HOUR : GATE_MB_PER_HOUR + (SETTLING_MB / spanMs) * HOUR_MS;
}

function lowest(samples: readonly MemorySample[]): MemorySample[] {
  const [first, last] = [samples.at(0)?.atMs ?? 0, samples.at(-1)?.atMs ?? 0];
  const stretchMs = (last - first) / STRETCHES || 1;
  const lows = new Map<number, MemorySample>();
  for (const sample of samples) {
    const stretch = Math.min(STRETCHES - 1, Math.floor((sample.atMs - first) / stretchMs));
    const low = lows.get(stretch);
    if (low === undefined || sample.bytes < low.bytes) lows.set(stretch, sample);
  }
  return [...lows.values()];
}
