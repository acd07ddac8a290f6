// SPDX-License-Identifier: Apache-2.0
/** How full the disk is, and what follows: waveforms stop at 85 %, readings at 95 %; 64 MB stay for gap, access and alarm rows. */
import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskState = 'recording' | 'waveforms-stopped' | 'refusing';

export interface DiskLimits {
  readonly waveformStopPercent: number;
  readonly refusePercent: number;
  readonly reserveBytes: number;
}

/** A limit is left again only this far below it, so that a state does not flicker. */
const HYSTERESIS_PERCENT = 1;
const RESERVE_FILE = 'reserve.bin';
const CHUNK_BYTES = 1024 * 1024;

/** The state that follows from the use of the disk and the state before. */
export function diskState(usedPercent: number, before: DiskState, limits: DiskLimits): DiskState {
  const above = (limit: number, held: boolean) => usedPercent >= (held ? limit - HYSTERESIS_PERCENT : limit);
  if (above(limits.refusePercent, before === 'refusing')) return 'refusing';
  if (above(limits.waveformStopPercent, before !== 'recording')) return 'waveforms-stopped';
  return 'recording';
}

/**
 * Use of the file system that holds `directory`, as `df` counts it: what is left to an ordinary user is what counts. `reservedBytes`
 * that are not taken yet count as used.
 */
export async function usedPercent(directory: string, reservedBytes: number): Promise<number> {
  const { blocks, bfree, bavail, bsize } = await statfs(directory);
  const used = blocks - bfree;
  return used + bavail === 0 ? 100 : Math.min(100, (100 * (used + reservedBytes / bsize)) / (used + bavail));
}

/** Bytes that an ordinary user can still write to the file system that holds `directory`. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Holds disk space back: made once, given up when nothing else is left so that gaps can still be written, made again later. */
export class DiskReserve {
  readonly #path: string;
  readonly #bytes: number;

  constructor(directory: string, bytes: number) {
    this.#path = join(directory, RESERVE_FILE);
    this.#bytes = bytes;
  }

  /** What the reserve does not hold now. It stays spoken for: else giving it up would make room for the readings that used the disk up. */
  async missingBytes(): Promise<number> {
    return Math.max(0, this.#bytes - ((await sizeOf(this.#path)) ?? 0));
  }

  /** Writes the file if it is not there at full length. Real bytes: a hole would reserve nothing. */
  async hold(): Promise<void> {
    if ((await sizeOf(this.#path)) === this.#bytes) return;
    const file = await open(this.#path, 'w', 0o600);
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (let left = this.#bytes; left > 0; left -= CHUNK_BYTES)
        await file.write(chunk, 0, Math.min(left, CHUNK_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
