// SPDX-License-Identifier: Apache-2.0
/** The record reader as the floors above use it: one worker, its questions and answers. */
import { Worker } from 'node:worker_threads';
import { WorkerCalls } from '../worker-calls.ts';
import type { ReaderHandlers, ReaderOptions } from './reader.worker.ts';

export type ReaderCalls = WorkerCalls<ReaderHandlers>;

/** Starts the worker. Questions: `stays`, `readings` (stay and range), `checkChain` (stay). */
export async function openReader(options: ReaderOptions): Promise<ReaderCalls> {
  const calls: ReaderCalls = new WorkerCalls<ReaderHandlers>(
    new Worker(new URL('./reader.worker.ts', import.meta.url)),
  );
  await calls.call('open', options);
  return calls;
}
