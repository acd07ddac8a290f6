// SPDX-License-Identifier: Apache-2.0
/**
 * A lock between processes that can never be stale. It is SQLite's own exclusive lock on an empty file (POSIX fcntl): the kernel
 * drops it with the process, also after kill -9 and power cuts. An abstract socket would do so too, but not across two containers
 * that share the directory; a file with a process id would outlive its process.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from './errors.ts';

const SQLITE_BUSY = 5;
/** A held lock must not end because its holder dropped the handle and the garbage collector closed it. */
const held = new Set<DatabaseSync>();

/** Holds `path` for this process until disposed. Throws GatewayError DATA_DIRECTORY_LOCKED at once when it is taken. */
export function holdLock(path: string): Disposable {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written: the journal beside the file stays empty, and after a crash there is nothing to recover.
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new GatewayError('DATA_DIRECTORY_LOCKED', basename(path));
    throw error;
  }
  held.add(database);
  return {
    [Symbol.dispose]: () => {
      if (held.delete(database)) database.close();
    },
  };
}

/** Whether some process holds `path` now. Makes no file. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    holdLock(path)[Symbol.dispose]();
    return false;
  } catch (error) {
    if (error instanceof GatewayError) return true;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
