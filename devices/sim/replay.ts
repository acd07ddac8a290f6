// SPDX-License-Identifier: Apache-2.0
/** Replays the numerics of a recording through a virtual wearable: one message a row, at the ward time of the row. */
import type { WardClock } from '../clock.ts';
import { DeviceError } from '../errors.ts';
import type { SenmlRecord } from '../mqtt/senml-encode.ts';
import { VITALS } from '../vitals.ts';
import { exactValue, type Recording } from './recording.ts';
import type { VirtualWearable } from './virtual-wearable.ts';
import { NO_SAMPLE } from './wfdb-samples.ts';

/** Names of columns in records of numerics, and the vitals they are. */
const VITAL_OF_COLUMN: Readonly<Record<string, string>> = {
  HR: 'heartRate',
  PULSE: 'pulseRate',
  RESP: 'respiratoryRate',
  SpO2: 'spo2',
  NBPSys: 'bpSystolic',
  NBPDias: 'bpDiastolic',
  NBPMean: 'bpMean',
  ABPSys: 'abpSystolic',
  ABPDias: 'abpDiastolic',
  ABPMean: 'abpMean',
};

export interface ReplayCounts {
  messages: number;
  readings: number;
  values: number;
  absent: number;
}

/**
 * All readings of one row. A 0 is "not measured" and the format's smallest number "no sample" in these records: both are
 * sent as an absent reason, never as a number. Throws DeviceError WFDB_HEADER for a column that is no vital or has no exact decimals.
 */
export function readingsOfRow({ columns }: Recording, row: number): SenmlRecord[] {
  return columns.map(({ name, samples, header }) => {
    const vital = VITALS[VITAL_OF_COLUMN[name] ?? ''];
    const raw = samples[row];
    const value = raw === undefined ? undefined : exactValue(raw, header);
    if (!vital || !value) throw new DeviceError('WFDB_HEADER', `column ${name} cannot be replayed`);
    const record = { vital: vital.key, unit: vital.unit };
    if (raw === NO_SAMPLE[header.format]) return { ...record, absent: 'no-signal' };
    return raw === 0 ? { ...record, absent: 'not-measured' } : { ...record, value };
  });
}

export interface ReplayOptions {
  readonly clock: WardClock;
  /** Ward time of the first row: now, or as far back as the recording is long, if its last row is to be now. */
  readonly startMs: number;
  readonly signal: AbortSignal;
}

/** Ward time from one row to the next. */
export function rowMs({ header }: Recording): number {
  return Math.round(1000 / header.frameHz);
}

/**
 * Plays from the first row to the last, or until `signal`. A row waits for its time; rows whose time has passed go as fast as
 * the broker acknowledges. Resolves with what was handed to the wearable.
 */
export async function replay(
  recording: Recording,
  wearable: VirtualWearable,
  { clock, startMs, signal }: ReplayOptions,
): Promise<ReplayCounts> {
  const counts: ReplayCounts = { messages: 0, readings: 0, values: 0, absent: 0 };
  for (let row = 0; row < recording.header.frames && !signal.aborted; row++) {
    const rowAtMs = startMs + row * rowMs(recording);
    await clock.delay(rowAtMs - clock.wallMs(), signal);
    await wearable.room();
    if (signal.aborted) break;
    const readings = readingsOfRow(recording, row);
    wearable.publish(readings, rowAtMs);
    const values = readings.filter(({ value }) => value !== undefined).length;
    counts.messages++;
    counts.readings += readings.length;
    counts.values += values;
    counts.absent += readings.length - values;
  }
  return counts;
}
