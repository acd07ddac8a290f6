// SPDX-License-Identifier: Apache-2.0
/** Long work of the command line, watched: it says how far it is, and ends with a coded error when it stands still or is to stop. */
import { GatewayError } from '../errors.ts';
import type { Timers } from '../timers.ts';

export interface Watcher {
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
  readonly timers: Timers;
  /** Gets a line of progress now and then. */
  say(line: string): void;
}

/** Called after each step of the work. Throws once the work was given up, so that it takes no further step. */
export type Moved = (progress?: string) => void;

export const LOOK_EVERY_MS = 5_000;
/** One look after another without a step: a minute. Looks are counted, not time: a machine that slept did not stand still. */
export const LOOKS_WITHOUT_STEP_MAX = 12;

/** The result of the work. Rejects with EXPORT_STALLED or EXPORT_STOPPED even if what the work waits for never settles. */
export async function watched<T>(work: (moved: Moved) => Promise<T>, { signal, timers, say }: Watcher): Promise<T> {
  const given = Promise.withResolvers<never>();
  let ended: GatewayError | undefined;
  const giveUp = (code: 'EXPORT_STALLED' | 'EXPORT_STOPPED') => {
    ended ??= new GatewayError(code);
    given.reject(ended);
  };
  const stop = () => giveUp('EXPORT_STOPPED');
  let looks = 0;
  let unsaid: string | undefined;
  const look = () => {
    if (unsaid !== undefined) say(unsaid);
    unsaid = undefined;
    looks += 1;
    cancel = timers.after(LOOK_EVERY_MS, look);
    if (looks > LOOKS_WITHOUT_STEP_MAX) giveUp('EXPORT_STALLED');
  };
  let cancel = timers.after(LOOK_EVERY_MS, look);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const moved = (progress?: string) => {
    if (ended) throw ended;
    looks = 0;
    unsaid = progress;
  };
  try {
    return await Promise.race([given.promise, work(moved)]);
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
