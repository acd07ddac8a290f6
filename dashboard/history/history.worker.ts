// SPDX-License-Identifier: Apache-2.0
/** The thread that opens and checks history: what leaves it is finished text, so that the main loop only passes it on. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import {
  type Identity,
  logWith,
  openSeries,
  proofOfReading,
  RecordReader,
  saidOfReading,
  serveCalls,
} from '../../gateway/index.ts';
import type { Correction, ProvableCorrection } from '../../gateway/messages.ts';
import { decodeReading, type RecordReading } from '../../ledger/index.ts';
import { DashboardError } from '../errors.ts';
import type { TrendRange } from './trend.ts';
import { TrendBuilder } from './trend-builder.ts';
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
  /** What was said of readings of the stay. */
  readonly corrections: readonly ProvableCorrection[];
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
  /** The text of a proof file, with what was said of the reading. Throws READING_NOT_SEALED. */
  proof: async ({ stay, id, atMs, corrections }: ProofQuestion): Promise<string> => {
    const { identity, log } = opened();
    using reader = openReader();
    for await (const batch of reader.batches(stay, atMs, atMs)) {
      const position = batch.readings.findIndex((reading) => idOf(reading) === id);
      if (position < 0) continue;
      const said = saidOfReading(corrections, batch.readings[position]!);
      const view = await logWith(log, identity.vkey, batch.outbox - 1, said);
      return proofOfReading(batch, position, identity, view, said);
    }
    throw new DashboardError('READING_NOT_SEALED');
  },
};
export type HistoryHandlers = typeof handlers;

serveCalls(parentPort as MessagePort, handlers);

function idOf({ device, session, sequence }: RecordReading): string {
  return `${device}/${session}/${sequence}`;
}
