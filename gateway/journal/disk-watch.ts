// SPDX-License-Identifier: Apache-2.0
/** Watches the disk that holds the data directory, and gives the reserve up when nothing else is left. */
import type { Config } from '../config.ts';
import type { DataPaths } from '../data-directory.ts';
import { every, type ScheduleDeps } from '../schedule.ts';
import { DiskReserve, type DiskState, diskState, usedPercent } from './disk.ts';

/** Real milliseconds between two looks: the fastest sensors write less than a megabyte in it. */
const LOOK_EVERY_MS = 1_000;

export interface DiskWatch extends AsyncDisposable {
  state(): DiskState;
}

export interface DiskWatchOptions extends ScheduleDeps {
  readonly paths: DataPaths;
  readonly config: Pick<Config, 'journal'>;
  readonly metrics: ScheduleDeps['metrics'] & { gauge(name: string, value: number): void };
  readonly onChange: (state: DiskState) => void;
}

export async function openDiskWatch(options: DiskWatchOptions): Promise<DiskWatch> {
  const { directory } = options.paths;
  const reserve = new DiskReserve(directory, options.config.journal.reserveBytes);
  let state: DiskState = 'recording';

  async function look(): Promise<void> {
    const used = await usedPercent(directory);
    options.metrics.gauge('disk_used_percent', used);
    const next = diskState(used, state, options.config.journal);
    if (next === state) return;
    state = next;
    options.log.warn('disk-state', { reason: next, percent: Math.round(used) });
    // The reserve is for gap, access and alarm rows, which go on being written while readings are refused.
    if (next === 'refusing') await reserve.release();
    if (next === 'recording') await reserve.hold();
    options.onChange(next);
  }

  await look();
  if (state === 'recording') await reserve.hold();
  const watch = every(LOOK_EVERY_MS, look, options, 'disk');
  return { state: () => state, [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose]() };
}
