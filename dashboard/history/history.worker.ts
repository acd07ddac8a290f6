// SPDX-License-Identifier: Apache-2.0
/** The thread that opens and checks history: what leaves it is finished text, so that the main loop only passes it on. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type Identity, openSeries, proofOfReading, RecordReader, serveCalls } from '../../gateway/index.ts';
import type { Correction } from '../../gateway/messages.ts';
import { decodeReading, type RecordReading, viewLog } from '../../ledger/index.ts';
import { DashboardError } from '../errors.ts';
import { TrendBuilder, type TrendRange } from './trend.ts';
import { UnsealedHead } from './unsealed-head.ts';

export interface HistoryOptions {
  readonly reader: Omit<ConstructorParameters<typeof RecordReader>[0], 'series' | 'identity'>;
  readonly series: Parameters<typeof openSeries>[0];
  readonly identity: Identity;
  /** Folder of the log. */
  readonly log: string;
}

interface TrendQuestion extends TrendRange {
  readonly stay: string;
  /** Base64 of the canonical bytes of readings that were in no sealed batch when the gateway was asked. */
  readonly head: readonly string[];
  /** What was said of readings of the stay in that range. */
  readonly corrections: readonly Correction[];
}
interface ProofQuestion {
  readonly stay: string;
  /** "device/session/sequence" */
  readonly id: string;
  readonly atMs: number;
}

let options: HistoryOptions | undefined;

function opened(): HistoryOptions {
  if (!options) throw new Error('the history is not open');
  return options;
}

/** A fresh reader for each question sees what was written since; opening costs a millisecond. */
function openReader(): RecordReader {
  const { reader, series, identity } = opened();
  return new RecordReader({ ...reader, identity, series: openSeries(series) });
}

const handlers = {
  open: (given: HistoryOptions) => {
    options = given;
  },
  stays: (_: undefined) => {
    using reader = openReader();
    return reader.stays();
  },
  /** JSON of a Trend. */
  trend: async ({ stay, head, corrections, fromMs, toMs }: TrendQuestion): Promise<string> => {
    using reader = openReader();
    const trend = new TrendBuilder({ fromMs, toMs }, corrections);
    const unsealed = new UnsealedHead(head.map((text) => decodeReading(Buffer.from(text, 'base64'))));
    for await (const { columns, leafZero } of reader.displayed(stay, fromMs, toMs)) {
      for (const gap of leafZero.gaps) trend.takeGap(gap);
      trend.takeColumns(columns);
      unsealed.sealedIn(columns);
    }
    for (const reading of unsealed.readings()) trend.takeUnsealed(reading);
    return JSON.stringify(trend.build());
  },
  /** The text of a proof file. Throws READING_NOT_SEALED. */
  proof: async ({ stay, id, atMs }: ProofQuestion): Promise<string> => {
    const { identity, log } = opened();
    using reader = openReader();
    for await (const batch of reader.batches(stay, atMs, atMs)) {
      const position = batch.readings.findIndex((reading) => idOf(reading) === id);
      if (position >= 0)
        return proofOfReading(batch, position, identity, await viewLog(log, identity.vkey, batch.outbox - 1));
    }
    throw new DashboardError('READING_NOT_SEALED');
  },
};
export type HistoryHandlers = typeof handlers;

serveCalls(parentPort as MessagePort, handlers);

function idOf({ device, session, sequence }: RecordReading): string {
  return `${device}/${session}/${sequence}`;
}
