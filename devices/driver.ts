// SPDX-License-Identifier: Apache-2.0
import type { DeviceError } from './errors.ts';
import type { Measurement } from './reading.ts';

/** Where a driver delivers. A driver never publishes across a gap and never blocks on the sink. */
export interface DriverSink {
  /** Decoded measurements, stamped with the monotonic time at which the last of their bytes arrived. */
  measurements(batch: readonly Measurement[], monotonicMs: number): void;
  /** The link to the device came up or went down; `code` says why it went. */
  link(state: 'up' | 'down', code?: string): void;
  /** A frame or body that could not be used. The driver goes on. */
  fault(error: DeviceError): void;
}

/** A running driver. It reconnects by itself until it is disposed. */
export interface Driver extends AsyncDisposable {
  readonly name: string;
  /** Named counters (frames, badFrames, droppedBytes, reconnects ...), for metrics. */
  counters(): Readonly<Record<string, number>>;
}

/** Monotonic ward time in milliseconds, and real timers for transports. */
export interface DriverClock {
  monotonicMs(): number;
}
