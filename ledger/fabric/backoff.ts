// SPDX-License-Identifier: Apache-2.0
/** How long to wait before the next attempt: twice as long each time, and never the same for two gateways that lost one network. */

/** In [0, 1). */
export type Random = () => number;

const BACKOFF_MS_MIN = 500;
export const BACKOFF_MS_MAX = 60_000;

/** Milliseconds after so many failures: at least half of 0.5 s, 1 s, 2 s and so on to 60 s. */
export function backoffMs(failures: number, random: Random): number {
  const wholeMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures - 1, 16));
  return wholeMs * (0.5 + random() / 2);
}
