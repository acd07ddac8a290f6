// SPDX-License-Identifier: Apache-2.0
/** Range queries in a thread of their own: opening and checking a day of readings must not stop the main loop. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { serveCalls } from '../worker-calls.ts';
import { openSeries, type SeriesOptions } from './open-series.ts';
import { RecordReader, type RecordReaderOptions } from './record-reader.ts';

export interface ReaderOptions extends Omit<RecordReaderOptions, 'series'> {
  /** From `seriesOptions`. */
  readonly series: SeriesOptions;
}

let options: ReaderOptions | undefined;

/** A fresh reader for each question sees what was written since; opening costs a millisecond. */
async function ask<T>(question: (reader: RecordReader) => Promise<T> | T): Promise<T> {
  if (!options) throw new Error('the reader is not open');
  using reader = new RecordReader({ ...options, series: openSeries(options.series) });
  return await question(reader);
}

const handlers = {
  open: (given: ReaderOptions) => {
    options = given;
  },
  stays: (_: undefined) => ask((reader) => reader.stays()),
  readings: ({ stay, fromMs, toMs }: { stay: string; fromMs: number; toMs: number }) =>
    ask((reader) => reader.readings(stay, fromMs, toMs)),
  checkChain: (stay: string) => ask((reader) => reader.checkChain(stay)),
};
export type ReaderHandlers = typeof handlers;

serveCalls(parentPort as MessagePort, handlers);
