// SPDX-License-Identifier: Apache-2.0
/** Is it plausible? Flags what no patient and no sensor can have; the number itself is kept as the device sent it. */
import { decimalToNumber, FLAG, type Measurement, VITALS } from '../../devices/index.ts';

/** Bits of FLAG for the value of a measurement; 0 for an absent one and for a unit that has no limits. */
export function plausibilityFlags(measurement: Measurement): number {
  const vital = VITALS[measurement.vital];
  if (!measurement.value || !vital) return 0;
  if (measurement.unit !== vital.unit) return FLAG.unexpectedUnit;
  const value = decimalToNumber(measurement.value);
  const outside = (range: { min: number; max: number } | undefined) =>
    range !== undefined && (value < range.min || value > range.max);
  return (outside(vital.sensorValid) ? FLAG.sensorInvalid : 0) | (outside(vital.plausible) ? FLAG.implausible : 0);
}
