// SPDX-License-Identifier: Apache-2.0
/** The series store's worker thread: a slow card must not stop the main loop. Opens the file anew after every failure. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { SeriesPoint } from '../record/outbox-store.ts';
import { serveCalls } from '../worker-calls.ts';
import { SeriesStore, type WriteOutcome } from './series-store.ts';

let store: SeriesStore | undefined;

const handlers = {
  write: ({ path, points }: { path: string; points: readonly SeriesPoint[] }): WriteOutcome[] => {
    try {
      store ??= new SeriesStore(path);
      return store.write(points);
    } catch (error) {
      store?.[Symbol.dispose]();
      store = undefined;
      throw error;
    }
  },
  close: (_: undefined) => {
    store?.[Symbol.dispose]();
    store = undefined;
  },
};
export type SeriesHandlers = typeof handlers;

serveCalls(parentPort as MessagePort, handlers);
