// SPDX-License-Identifier: Apache-2.0
/** Waits for something of another process that nobody tells: asks again and again, and fails in words. */
import { setTimeout as delay } from 'node:timers/promises';

const ASK_EVERY_MS = 50;
const GIVE_UP_MS = 60_000;

/** Resolves once `holds` does; rejects naming `what` after `giveUpMs` of real time. */
export async function settled(
  what: string,
  holds: () => boolean | Promise<boolean>,
  giveUpMs = GIVE_UP_MS,
): Promise<void> {
  const giveUpAt = performance.now() + giveUpMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`it did not come about: ${what}`);
    await delay(ASK_EVERY_MS);
  }
}
