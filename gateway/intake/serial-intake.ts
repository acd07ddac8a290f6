// SPDX-License-Identifier: Apache-2.0
/** Devices on serial lines and serial servers: one driver each, its measurements into the data path. */
import { type DriverSink, type Measurement, startSerialDriver } from '../../devices/index.ts';
import type { Config } from '../config.ts';
import type { DataPath } from '../data-path.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

export interface SerialIntakeOptions {
  readonly config: Pick<Config, 'serial'>;
  readonly clock: { monotonicMs(): number };
  readonly dataPath: DataPath;
  readonly onLink: (handle: string, link: 'up' | 'down') => void;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Starts a driver for every serial device of the configuration. Disposing stops them. */
export async function startSerialIntake(options: SerialIntakeOptions): Promise<AsyncDisposable> {
  const drivers = new AsyncDisposableStack();
  for (const { handle, url, model } of options.config.serial) {
    const sink = sinkOf(handle, options);
    drivers.use(await startSerialDriver({ name: handle, url, model, clock: options.clock, sink }));
  }
  return drivers;
}

function sinkOf(handle: string, options: SerialIntakeOptions): DriverSink {
  const { dataPath, log, metrics } = options;

  async function accept(batch: readonly Measurement[], monotonicMs: number): Promise<void> {
    const device = dataPath.device(handle);
    if (!device) return metrics.count('serial_device_unknown_total', batch.length);
    // This line has no acknowledgement: what cannot be stored is lost here, and the silence becomes a gap with its reason.
    await dataPath.accept(device, batch, monotonicMs).catch((error: unknown) => {
      metrics.count('serial_not_stored_total', batch.length);
      log.warn('serial-not-stored', { device: handle, error });
    });
  }

  return {
    measurements: (batch, monotonicMs) => void accept(batch, monotonicMs),
    link(state, code) {
      log.info('serial-link', { device: handle, reason: state, ...(code !== undefined && { code }) });
      options.onLink(handle, state);
    },
    fault(error) {
      metrics.count('serial_faults_total');
      log.debug('serial-fault', { device: handle, error });
    },
  };
}
