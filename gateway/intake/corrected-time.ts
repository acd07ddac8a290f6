// SPDX-License-Identifier: Apache-2.0
/** When was it measured? Device time, receive time and corrected time are three fields (I6); this chooses the third. */
import type { TimeQuality } from '../../devices/reading.ts';

/** Everything that is measured in ward milliseconds, so that `--rate` scales it. */
export interface TimeLimits {
  /** Device and gateway clocks that agree this well are taken to agree. */
  readonly toleranceMs: number;
  /** A corrected device time further in the future than this is refused. */
  readonly maxFutureMs: number;
  /** Measured longer ago than this when it arrived: late, never live. */
  readonly lateAfterMs: number;
}

export const DEFAULT_TIME_LIMITS: TimeLimits = { toleranceMs: 5_000, maxFutureMs: 600_000, lateAfterMs: 60_000 };

/** A device clock before this year was never set (devices 7.2, rule 6). */
const FIRST_BELIEVABLE_MS = Date.UTC(2015, 0, 1);

export interface CorrectedTime {
  readonly correctedMs: number;
  readonly timeQuality: TimeQuality;
  readonly late: boolean;
}

/**
 * Estimates a device's clock offset in one session as the smallest (received - device): delays only ever add to it. A
 * device ahead of us shows at once and is corrected. One behind us cannot be told from stored readings, so its time is kept.
 */
export class DeviceClockOffset {
  private smallestMs = Number.POSITIVE_INFINITY;

  correct(deviceTimeMs: number | undefined, receivedMs: number, limits: TimeLimits): CorrectedTime {
    if (deviceTimeMs === undefined) return { correctedMs: receivedMs, timeQuality: 'received', late: false };
    if (deviceTimeMs < FIRST_BELIEVABLE_MS)
      return { correctedMs: receivedMs, timeQuality: 'device-time-refused', late: false };
    this.smallestMs = Math.min(this.smallestMs, receivedMs - deviceTimeMs);
    const ahead = this.smallestMs < -limits.toleranceMs;
    const correctedMs = ahead ? deviceTimeMs + this.smallestMs : deviceTimeMs;
    // A clock further ahead than any drift explains was set wrong, perhaps after stored readings were taken: only now is sure.
    if (-this.smallestMs > limits.maxFutureMs)
      return { correctedMs: receivedMs, timeQuality: 'device-time-refused', late: false };
    return {
      correctedMs,
      timeQuality: ahead ? 'device-corrected' : 'device',
      late: receivedMs - correctedMs > limits.lateAfterMs,
    };
  }
}
