// SPDX-License-Identifier: Apache-2.0
/** The third time: when a device clock is believed, corrected or refused. */
import { describe, expect, it } from 'vitest';
import { DeviceClockOffset, DEFAULT_TIME_LIMITS as LIMITS } from './corrected-time.ts';

const NOW = Date.UTC(2026, 10, 21);

describe('corrected time', () => {
  it('is the receive time for a device without a clock, or with one that was never set', () => {
    expect(new DeviceClockOffset().correct(undefined, NOW, LIMITS)).toEqual({
      correctedMs: NOW,
      timeQuality: 'received',
      late: false,
    });
    expect(new DeviceClockOffset().correct(0, NOW, LIMITS).timeQuality).toBe('device-time-refused');
  });

  it('is the device time while the clocks agree, late or not', () => {
    const offset = new DeviceClockOffset();
    expect(offset.correct(NOW - 300, NOW, LIMITS)).toEqual({
      correctedMs: NOW - 300,
      timeQuality: 'device',
      late: false,
    });
    expect(offset.correct(NOW - 3_600_000, NOW, LIMITS)).toEqual({
      correctedMs: NOW - 3_600_000,
      timeQuality: 'device',
      late: true,
    });
  });

  it('moves a device that runs ahead back by what it is ahead, stored readings too', () => {
    const offset = new DeviceClockOffset();
    expect(offset.correct(NOW + 60_000, NOW, LIMITS)).toEqual({
      correctedMs: NOW,
      timeQuality: 'device-corrected',
      late: false,
    });
    expect(offset.correct(NOW - 540_000, NOW + 1000, LIMITS)).toEqual({
      correctedMs: NOW - 600_000,
      timeQuality: 'device-corrected',
      late: true,
    });
  });

  it('refuses a clock that is wrong by more than drift explains', () => {
    expect(new DeviceClockOffset().correct(NOW + 86_400_000, NOW, LIMITS)).toEqual({
      correctedMs: NOW,
      timeQuality: 'device-time-refused',
      late: false,
    });
  });
});
