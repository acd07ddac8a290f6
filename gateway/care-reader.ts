// SPDX-License-Identifier: Apache-2.0
/** The record as the care team reads it on this machine: with the station's key store. */
import { type Io, readPassphrase } from './command.ts';
import { loadConfig } from './config.ts';
import type { DataPaths } from './data-directory.ts';
import { CARE_TEAM_ID } from './identity.ts';
import { openKeyStore } from './key-store.ts';
import { openSeries, seriesOptions } from './series/open-series.ts';
import { RecordReader } from './series/record-reader.ts';

/** Opens the record as the care team, with the station's key store of this machine. */
export async function openCareReader(paths: DataPaths, io: Io, gatewayKey: Uint8Array): Promise<RecordReader> {
  // A demo store has no passphrase; reading with it is as labelled as everything else about it.
  const station = await openKeyStore(paths.stationKeys, 'station', {
    passphrase: await readPassphrase(io.env),
    demo: true,
  });
  const reader = { id: CARE_TEAM_ID, key: station.careTeamKem.privateKey };
  const { config } = await loadConfig(paths.config);
  const series = openSeries(await seriesOptions(config.series, paths));
  return new RecordReader({ journalPath: paths.journal, series, identity: { gatewayKey }, reader });
}
