// SPDX-License-Identifier: Apache-2.0
/** A look into the station's file of accounts, reading only. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** SQLITE_ERROR: here, that there is no such table yet. */
const SQLITE_NO_TABLE = 1;

/** How many people have an account: 0 when there is no such file, undefined when it cannot be read. */
export function accountCount(path: string): number | undefined {
  if (!existsSync(path)) return 0;
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    return Number(database.prepare('SELECT count(*) AS n FROM account').get()?.['n']);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return error.errcode === SQLITE_NO_TABLE ? 0 : undefined;
    throw error;
  }
}
