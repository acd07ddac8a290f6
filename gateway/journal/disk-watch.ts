// SPDX-License-Identifier: Apache-2.0
/** Watches the disk that holds the data directory, and gives the reserve up when nothing else is left. */
import type { Config } from '../config.ts';
import type { DataPaths } from '../data-directory.ts';
import { every, type ScheduleDeps } from '../schedule.ts';
import { type DiskLimits, DiskReserve, type DiskState, diskState, usedPercent } from './disk.ts';

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
    const used = await usedPercent(directory, await reserve.missingBytes());
    options.metrics.gauge('disk_used_percent', used);
    const next = diskState(used, state, options.config.journal);
    if (next !== state) {
      state = next;
      options.log.warn('disk-state', { reason: next, percent: Math.round(used) });
      // Before the reserve, which may fail: whoever refuses or takes readings must know at once.
      options.onChange(next);
    }
    // The reserve is for gap, access and alarm rows, which go on being written while readings are refused.
    if (next === 'refusing') await reserve.release();
    else await reserve.hold();
  }

  await look();
  const watch = every(LOOK_EVERY_MS, look, options, 'disk');
  return { state: () => state, [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose]() };
}

/** Before a start: a disk that is full gives the reserve up at once, or nothing could be opened on it. */
export async function makeRoom(directory: string, limits: DiskLimits): Promise<void> {
  const reserve = new DiskReserve(directory, limits.reserveBytes);
  const used = await usedPercent(directory, await reserve.missingBytes());
  if (diskState(used, 'recording', limits) === 'refusing') await reserve.release();
}
