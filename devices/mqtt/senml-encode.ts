// SPDX-License-Identifier: Apache-2.0
/** Writes the SenML profile: the virtual wearables' half, and the decoder's twin in its tests. */
import { formatDecimal } from '../decimal.ts';
import type { AbsentReason, Decimal } from '../reading.ts';

/** One record: `value` or, without one, `absent`. */
export interface SenmlRecord {
  readonly vital: string;
  readonly unit: string;
  readonly value?: Decimal;
  readonly absent?: AbsentReason;
}

export interface SenmlMessage {
  /** 16 hex digits, new at every start of the device. */
  readonly session: string;
  /** Sequence of the first record; the others follow one by one. */
  readonly firstSequence: number;
  /** Device time of all records in ms since 1970; absent for a device without a clock. */
  readonly timeMs?: number;
  readonly records: readonly SenmlRecord[];
  /** How full the device's battery is, whole percent; a last record of its own, without a sequence. */
  readonly batteryPercent?: number;
}

/** UTF-8 JSON text with every decimal as it is: a value never passes through a double. Limits are the caller's to keep. */
export function encodeSenml({ session, firstSequence, timeMs, records, batteryPercent }: SenmlMessage): Uint8Array {
  const texts = records.map((record, index) => {
    const base = index === 0 ? `"bn":"${session}:",` : '';
    const time = timeMs === undefined ? '' : `,"t":${formatDecimal({ mantissa: timeMs, exponent: -3 })}`;
    const name = `"n":${JSON.stringify(record.vital)},"u":${JSON.stringify(record.unit)}`;
    return `{${base}${name},${content(record)},"seq_":${firstSequence + index}${time}}`;
  });
  if (batteryPercent !== undefined) texts.push(`{"n":"battery","u":"%EL","v":${batteryPercent}}`);
  return new TextEncoder().encode(`[${texts.join(',')}]`);
}

function content({ value, absent }: SenmlRecord): string {
  return value ? `"v":${formatDecimal(value)}` : `"vs":${JSON.stringify(absent ?? 'unknown')}`;
}
