// SPDX-License-Identifier: Apache-2.0
/** Files that only their owner may touch: how they are read (refused when someone else could have changed or read them) and written. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { GatewayError } from './errors.ts';

const PRIVATE_FILE_MAX_BYTES = 4 * 1024 * 1024;
const PRIVATE_MODE = 0o600;

/**
 * Reads a private file whole. `uid` is the user who must own it (default: the one this process runs as).
 * Returns undefined when there is none. Throws GatewayError PRIVATE_FILE_KIND, _OWNER, _MODE or _TOO_LARGE.
 */
export async function readPrivateFile(path: string, uid = process.geteuid?.()): Promise<Buffer | undefined> {
  const file = await openWithoutFollowing(path);
  if (file === undefined) return undefined;
  try {
    // Asked of the open file, not of the path: nobody can swap it in between.
    const status = await file.stat();
    if (!status.isFile()) throw new GatewayError('PRIVATE_FILE_KIND', basename(path));
    if (status.uid !== uid) throw new GatewayError('PRIVATE_FILE_OWNER', basename(path));
    if ((status.mode & 0o7777) !== PRIVATE_MODE) throw new GatewayError('PRIVATE_FILE_MODE', basename(path));
    if (status.size > PRIVATE_FILE_MAX_BYTES) throw new GatewayError('PRIVATE_FILE_TOO_LARGE', basename(path));
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Writes a private file so that after a power cut there is the old one or the new one, never a part.
 * With `create`, an existing file is left alone and the answer is false.
 */
export async function writePrivateFile(path: string, bytes: string | Uint8Array, create = false): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await using file = await open(temporary, 'wx', PRIVATE_MODE);
    // The mode given to open is narrowed by the umask; this one is not.
    await file.chmod(PRIVATE_MODE);
    await file.writeFile(bytes);
    await file.sync();
    if (create) await link(temporary, path);
    else await rename(temporary, path);
    await syncDirectory(dirname(path)); // Commit point: the name is on disk.
    return true;
  } catch (error) {
    if (create && codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary).catch(ignoreMissing);
  }
}

async function openWithoutFollowing(path: string): Promise<FileHandle | undefined> {
  try {
    // Non-blocking, so that a named pipe at this path is refused instead of waited for.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') throw new GatewayError('PRIVATE_FILE_KIND', basename(path));
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
