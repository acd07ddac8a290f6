// SPDX-License-Identifier: Apache-2.0
/** The record of a stopped gateway, opened as the care team: every reading of every stay, and a proof of any of them. */
import { loadConfig } from '../../gateway/config.ts';
import { dataPaths } from '../../gateway/data-directory.ts';
import { CARE_TEAM_ID, readIdentity } from '../../gateway/identity.ts';
import { openKeyStore } from '../../gateway/key-store.ts';
import { proofOfReading } from '../../gateway/proof-of-reading.ts';
import { openSeries, seriesOptions } from '../../gateway/series/open-series.ts';
import { type ReadBatch, RecordReader } from '../../gateway/series/record-reader.ts';
import { type RecordReading, viewLog } from '../../ledger/index.ts';

export interface FoundReading {
  readonly batch: ReadBatch;
  /** In the batch, from 0. */
  readonly position: number;
  readonly reading: RecordReading;
}

export interface OpenRecord extends AsyncDisposable {
  readonly reader: RecordReader;
  readonly vkey: string;
  everything(): Promise<FoundReading[]>;
  prove(found: FoundReading): Promise<string>;
  /** Checks the chain of every stay; gives the number of batches. */
  checkChains(): Promise<number>;
}

export async function openRecord(directory: string): Promise<OpenRecord> {
  const paths = dataPaths(directory);
  const identity = await readIdentity(paths.identity);
  const station = await openKeyStore(paths.stationKeys, 'station', { demo: true });
  const reader = new RecordReader({
    journalPath: paths.journal,
    series: openSeries(await seriesOptions((await loadConfig(paths.config)).config.series, paths)),
    identity,
    reader: { id: CARE_TEAM_ID, key: station.careTeamKem.privateKey },
  });
  return {
    reader,
    vkey: identity.vkey,
    async everything() {
      const all: FoundReading[] = [];
      for (const { stay } of reader.stays()) {
        for await (const batch of reader.batches(stay)) {
          for (const [position, reading] of batch.readings.entries()) all.push({ batch, position, reading });
        }
      }
      return all;
    },
    prove: async ({ batch, position }) =>
      proofOfReading(batch, position, identity, await viewLog(paths.log, identity.vkey, batch.outbox - 1)),
    async checkChains() {
      let batches = 0;
      for (const { stay } of reader.stays()) batches += await reader.checkChain(stay);
      return batches;
    },
    [Symbol.asyncDispose]: async () => reader[Symbol.dispose](),
  };
}
