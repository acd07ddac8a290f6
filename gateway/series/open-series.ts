// SPDX-License-Identifier: Apache-2.0
/** Which series store the configuration means, in a form that a worker can be given, and the store itself. */
import type { Config } from '../config.ts';
import type { DataPaths } from '../data-directory.ts';
import { GatewayError } from '../errors.ts';
import { readPrivateFile } from '../private-file.ts';
import { systemTimers } from '../timers.ts';
import { InfluxConnection, type InfluxOptions } from './influx.ts';
import { InfluxSeries } from './influx-series.ts';
import type { SeriesBackend } from './series-backend.ts';
import { SeriesStore } from './series-store.ts';

/** Structured-clonable. Holds a password: never log it. */
export type SeriesOptions =
  | { readonly store: 'sqlite'; readonly path: string }
  | ({ readonly store: 'influx' } & InfluxOptions);

/**
 * Reads what the configuration leaves to files. Throws SERIES_PASSWORD_MISSING, or the PRIVATE_FILE codes for a password that
 * others could read.
 */
export async function seriesOptions(
  config: Config['series'],
  paths: Pick<DataPaths, 'series'>,
): Promise<SeriesOptions> {
  if (config.store === 'sqlite') return { store: 'sqlite', path: paths.series };
  const { url, database, username, passwordFile } = config;
  if (username === undefined || passwordFile === undefined) return { store: 'influx', url, database };
  const password = (await readPrivateFile(passwordFile))?.toString('utf8').replace(/\r?\n$/, '');
  if (!password) throw new GatewayError('SERIES_PASSWORD_MISSING');
  return { store: 'influx', url, database, username, password };
}

/** Touches nothing yet: a store that is down is found out by the first write or read. */
export function openSeries(options: SeriesOptions): SeriesBackend {
  if (options.store === 'sqlite') return new SeriesStore(options.path);
  return new InfluxSeries(new InfluxConnection(options, systemTimers()));
}
