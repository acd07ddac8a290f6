// SPDX-License-Identifier: Apache-2.0
/** A look into the station's file of accounts, reading only. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** How many people have an account. 0 when there is no such file, or it cannot be read: then nobody can sign in. */
export function accountCount(path: string): number {
  if (!existsSync(path)) return 0;
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    return Number(database.prepare('SELECT count(*) AS n FROM account').get()?.['n']);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return 0;
    throw error;
  }
}
