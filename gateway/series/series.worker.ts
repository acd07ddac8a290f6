// SPDX-License-Identifier: Apache-2.0
/** The series store's worker thread: a slow card, or a megabyte of base64, must not stop the main loop. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { SeriesPoint } from '../record/outbox-store.ts';
import { serveCalls } from '../worker-calls.ts';
import { openSeries, type SeriesOptions } from './open-series.ts';
import type { SeriesBackend, WriteOutcome } from './series-backend.ts';

let backend: SeriesBackend | undefined;

const handlers = {
  open: (options: SeriesOptions) => {
    backend = openSeries(options);
  },
  write: (points: readonly SeriesPoint[]): Promise<WriteOutcome[]> => {
    if (!backend) throw new Error('the series store is not open');
    return backend.write(points);
  },
};
export type SeriesHandlers = typeof handlers;

serveCalls(parentPort as MessagePort, handlers);
