// SPDX-License-Identifier: Apache-2.0
/** What a verb of the command line is: arguments and its surroundings in, an exit code out. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { GatewayError } from './errors.ts';

/** Everything a verb may touch of its process. */
export interface Io {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}
/** Resolves with 0 done, 1 refused or not verified, 2 wrong use. */
export type Command = (argv: readonly string[], io: Io) => Promise<number>;

/**
 * The passphrase of the key stores: the file that LAMPLIGHT_PASSPHRASE_FILE names, else the systemd credential; undefined when
 * neither is given. Throws GatewayError PASSPHRASE_UNREADABLE.
 */
export async function readPassphrase(env: Io['env']): Promise<string | undefined> {
  const named = env['LAMPLIGHT_PASSPHRASE_FILE'];
  const folder = env['CREDENTIALS_DIRECTORY'];
  const path = named ?? (folder && join(folder, 'lamplight-passphrase'));
  if (!path) return undefined;
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    // A service may have other credentials than ours.
    if (named === undefined && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new GatewayError('PASSPHRASE_UNREADABLE', undefined, { cause });
  }
}
