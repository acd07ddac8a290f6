// SPDX-License-Identifier: Apache-2.0
/** Waiting in tests of real transports: for a fact, never for a time. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves with the first value of `probe` that is neither false nor undefined. The test's own timeout ends a vain wait. */
export async function until<T>(probe: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    await delay(POLL_MS);
  }
}
