// SPDX-License-Identifier: Apache-2.0
/** The one definition of a reading: what a decoder yields, and what intake makes of it. Types and constants only. */

/** A number exactly as the device wrote it: value = mantissa x 10^exponent. 36.60 is {3660, -2}, never {366, -1}. */
export interface Decimal {
  readonly mantissa: number;
  readonly exponent: number;
}

/** Why there is no number. Their codes in the record stand in ledger/record/vital-codes.ts. */
export const ABSENT_REASONS = [
  'unknown',
  'not-measured',
  'no-signal',
  'sensor-off',
  'sensor-error',
  'above-range',
  'below-range',
  'calibrating',
  'masked',
] as const;
export type AbsentReason = (typeof ABSENT_REASONS)[number];

/** Quality flags of one reading, a bit each. The bit is the code in the record: append only. */
export const FLAG = {
  /** Outside the plausible limits: shown, flagged, never scored, no physiological alarm. */
  implausible: 1,
  /** Outside what the sensor can measure: a technical condition, the value is not shown. */
  sensorInvalid: 2,
  /** The device sends no sequence; session and sequence are the gateway's own. */
  sequenceAssigned: 4,
  /** Arrived long after it was measured: never live, never an alarm. */
  late: 8,
  /** The device itself reports artefact or a weak signal. */
  weakSignal: 16,
  /** Another reading of this device carries the same time with other content. */
  conflict: 32,
  /** A value of a kind that this vital's unit does not allow; kept as sent. */
  unexpectedUnit: 64,
} as const;

/** What one decoder makes of the bytes of one device: a value with its unit, or an absent reason. */
export interface Measurement {
  /** Key of the vital code table, e.g. `spo2`. */
  readonly vital: string;
  readonly value?: Decimal;
  readonly absent?: AbsentReason;
  /** UCUM. */
  readonly unit: string;
  /** ISO/IEEE 11073-10101 context-free code; 0 where the table has none. */
  readonly mdc: number;
  /** Device time in milliseconds since 1970 as the device claims it; absent if it sends none. */
  readonly deviceTimeMs?: number;
  /** Session epoch, 16 hex digits, and the sequence in it; both absent if the device sends none. */
  readonly session?: string;
  readonly sequence?: number;
  /** Bits of FLAG. */
  readonly flags: number;
  /** The bytes as received that this measurement was read from. */
  readonly raw: Uint8Array;
}

/** How well the corrected time is known. Their codes in the record stand in ledger/record/vital-codes.ts. */
export const TIME_QUALITIES = [
  'received',
  'device',
  'device-corrected',
  'unsynchronised',
  'device-time-refused',
] as const;
export type TimeQuality = (typeof TIME_QUALITIES)[number];

/** A measurement that intake accepted: whose, from whom, and when. `session` and `sequence` are always present. */
export interface Reading extends Measurement {
  readonly session: string;
  readonly sequence: number;
  /** Handle of the device. */
  readonly device: string;
  /** Random id of the stay it belongs to, 32 hex digits. */
  readonly stay: string;
  /** Gateway boot, 16 hex digits, and the monotonic time of receipt in milliseconds of that boot. */
  readonly boot: string;
  readonly monotonicMs: number;
  /** Corrected time in milliseconds since 1970. */
  readonly correctedMs: number;
  readonly timeQuality: TimeQuality;
}

/** Trust badge of a device, best first (security: "an honest badge"). */
export const TRUST_BADGES = ['A', 'B', 'C', 'D'] as const;
export type TrustBadge = (typeof TRUST_BADGES)[number];

/** Parsing outside data gives one of these; only bugs throw. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };
