// SPDX-License-Identifier: Apache-2.0
/** How long a lost board waits before it connects again: doubling, with jitter, for ever. */

const FIRST_MS = 500;
const MOST_MS = 10_000;

/** @param random from 0 to below 1 */
export function retryDelayMs(failures: number, random: number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return Math.round(most * (0.5 + random / 2));
}
