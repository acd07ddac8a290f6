// SPDX-License-Identifier: Apache-2.0
/** The beat of a device: on time by the ward's clock, without drifting, and without a burst after a pause. */
import type { WardClock } from '../clock.ts';

/** Beats up to so late are made up for; later than that (a machine that slept) it goes on from now. Real milliseconds: a pause of the
 * machine is no pause of the device, however fast the ward's time runs. */
const MAX_LATE_REAL_MS = 2_000;

/** Calls `beat` with the ward time, first after `firstAfterMs` and then every `periodMs` of ward time, until `signal` is aborted. */
export async function keepCadence(
  { clock, signal }: { clock: WardClock; signal: AbortSignal },
  { periodMs, firstAfterMs = 0 }: { periodMs: number; firstAfterMs?: number },
  beat: (wardMs: number) => void,
): Promise<void> {
  const firstMs = clock.wallMs() + firstAfterMs;
  for (let number = 0; ; number += 1) {
    const late = Math.floor((clock.wallMs() - firstMs) / periodMs) - number;
    if ((late * periodMs) / clock.options.rate > MAX_LATE_REAL_MS) number += late;
    await clock.delay(firstMs + number * periodMs - clock.wallMs(), signal);
    if (signal.aborted) return;
    beat(clock.wallMs());
  }
}
