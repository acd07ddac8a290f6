// SPDX-License-Identifier: Apache-2.0
/** The beat of a device: on time by the ward's clock, without drifting, and without a burst after a pause. */
import type { WardClock } from '../clock.ts';

/** So many beats late are made up for; later than that (a machine that slept) it goes on from now. */
const MAX_LATE_BEATS = 3;

/** Calls `beat` with the ward time, first after `firstAfterMs` and then every `periodMs` of ward time, until `signal` is aborted. */
export async function keepCadence(
  { clock, signal }: { clock: WardClock; signal: AbortSignal },
  { periodMs, firstAfterMs = 0 }: { periodMs: number; firstAfterMs?: number },
  beat: (wardMs: number) => void,
): Promise<void> {
  const firstMs = clock.wallMs() + firstAfterMs;
  for (let number = 0; ; number += 1) {
    const late = Math.floor((clock.wallMs() - firstMs) / periodMs) - number;
    if (late > MAX_LATE_BEATS) number += late;
    await clock.delay(firstMs + number * periodMs - clock.wallMs(), signal);
    if (signal.aborted) return;
    beat(clock.wallMs());
  }
}
