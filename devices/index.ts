// SPDX-License-Identifier: Apache-2.0
/** The door of the devices floor: all that other floors may use of it. */

export { createWardClock, parseClock, type WardClock, type WardClockOptions } from './clock.ts';
export { compareDecimals, decimalToNumber, formatDecimal, parseDecimal } from './decimal.ts';
export type { Driver, DriverClock, DriverSink } from './driver.ts';
export { DEVICE_ERRORS, DeviceError, type DeviceErrorCode } from './errors.ts';
export { decodeSenml, SENML_LIMIT_BYTES } from './mqtt/senml.ts';
export {
  ABSENT_REASONS,
  type AbsentReason,
  type Decimal,
  FLAG,
  type Measurement,
  type Reading,
  type Result,
  TIME_QUALITIES,
  type TimeQuality,
  TRUST_BADGES,
  type TrustBadge,
} from './reading.ts';
export { startSerialDriver } from './serial/driver.ts';
export { Df2Decoder } from './serial/nonin-df2.ts';
export { type Limits, VITALS, type Vital } from './vitals.ts';

/** Loaded only when asked for: a gateway has no use for an MQTT client, and its workers have less. */
export const simulateCommand: typeof import('./sim/simulate.ts').simulateCommand = async (...args) =>
  (await import('./sim/simulate.ts')).simulateCommand(...args);
