// SPDX-License-Identifier: Apache-2.0
/** Intake over an empty ward, two sensors, and measurements to feed it. */
import type { Measurement } from '../../../devices/index.ts';
import { Ward } from '../../ward/ward-state.ts';
import { Cadence } from '../cadence.ts';
import { DEFAULT_TIME_LIMITS } from '../corrected-time.ts';
import { type Device, Intake } from '../intake.ts';
import { RecentReadings } from '../recent-readings.ts';
import { SequenceMarks } from '../sequence-marks.ts';

export const BOOT = '00000000000000b0';
export const SESSION = '00000000000000e0';
export const START_MS = Date.UTC(2026, 10, 21);
export const STAY = 'ab'.repeat(16);
export const WEAR: Device = { handle: 'wear-1', kind: 'senml', intervalMs: 1000 };
export const OXI: Device = { handle: 'oxi-1', kind: 'nonin-df2' };

export function openIntake() {
  const ward = new Ward(['1'], { stays: [], links: [] });
  const marks = new SequenceMarks();
  const cadence = new Cadence();
  const counts: Record<string, number> = {};
  let id = 0;
  const intake = new Intake({
    ward,
    marks,
    cadence,
    recent: new RecentReadings(),
    boot: BOOT,
    assigned: new Map(),
    limits: DEFAULT_TIME_LIMITS,
    wallMsAt: (monotonicMs) => START_MS + monotonicMs,
    randomHex: (bytes) => (++id).toString(16).padStart(2 * bytes, '0'),
    count: (name, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by;
    },
  });
  const link = (device: Device, fromMs: number) => {
    ward.apply(ward.admit('1', STAY, null, fromMs));
    ward.apply(ward.link(device.handle, STAY, fromMs, 'nurse', false));
  };
  return { intake, ward, marks, cadence, counts, link };
}

export function measured(more: Partial<Measurement> = {}): Measurement {
  const raw = Buffer.from('as received');
  return { vital: 'spo2', value: { mantissa: 97, exponent: 0 }, unit: '%', mdc: 150456, flags: 0, raw, ...more };
}
export const numbered = (sequence: number, more: Partial<Measurement> = {}) =>
  measured({ session: SESSION, sequence, ...more });
