// SPDX-License-Identifier: Apache-2.0
/**
 * The few file operations the log is made of, and what each of them promises. Paths are relative to the log's directory.
 * Whoever can write here can at most stop the log: every byte is checked against signatures and the tree.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * A step that resolves is durable: it survives a power cut at the next instant. A step that rejects may have been done wholly, partly or
 * not at all; after it no further step may be taken (a page whose fsync failed may read as written and not be on the disk).
 */
export interface Files {
  /** The whole file, or undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder, sorted; empty if there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Appends to an existing file. A power cut may leave any part of the bytes. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Puts a file in place, whole or not at all, and whatever was there before it stays until then. */
  writeAtomic(path: string, bytes: Uint8Array): Promise<void>;
  /** The same for many, in no order among them: after a crash any of them may be there. Cheaper than one after the other. */
  writeAll(news: readonly NewFile[]): Promise<void>;
  /** Cuts a file to `length` bytes. */
  truncate(path: string, length: number): Promise<void>;
  /** Makes durable what an earlier process wrote and perhaps did not live to sync, the file's name included. */
  sync(path: string): Promise<void>;
  /** Removes a file or folder; the one step without a promise, for what nobody needs any more. */
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

/** A file to be put in place. */
export interface NewFile {
  readonly path: string;
  /** Read once, when it is written. */
  readonly bytes: Uint8Array;
}

const TEMPORARY_SUFFIX = '.tmp';
/** Files that are written at a time. */
const FILES_AT_ONCE = 32;
/** Of them, those that are synced at a time: fewer than libuv has threads, so that an append never waits for a thread behind syncs. */
const SYNCS_AT_ONCE = 3;

export class NodeFiles implements Files {
  readonly #root: string;
  /** The file that appends go to stays open: opening it each time would cost as much as the write. */
  #appending: { readonly path: string; readonly handle: FileHandle; length: number } | undefined;
  /** Folders whose own names are durable. */
  readonly #namedFolders = new Set<string>();

  constructor(directory: string) {
    this.#root = resolve(directory);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return unlessMissing(readFile(join(this.#root, path)));
  }

  async list(folder: string): Promise<readonly string[]> {
    return ((await unlessMissing(readdir(join(this.#root, folder)))) ?? []).sort();
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    if (this.#appending?.path !== path) {
      await this.close();
      const handle = await open(join(this.#root, path), 'r+');
      this.#appending = { path, handle, length: (await handle.stat()).size };
    }
    const { handle } = this.#appending;
    await writeWhole(handle, bytes, this.#appending.length);
    await handle.datasync();
    this.#appending.length += bytes.length;
  }

  async writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
    await this.writeAll([{ path, bytes }]);
  }

  /** Write to a temporary file, fsync it, rename it, fsync the folder: the order that makes a rename durable. A folder once for all. */
  async writeAll(news: readonly NewFile[]): Promise<void> {
    const folders = new Set(news.map(({ path }) => dirname(join(this.#root, path))));
    for (const folder of folders) if (!this.#namedFolders.has(folder)) await mkdir(folder, { recursive: true });
    for (let at = 0; at < news.length; at += FILES_AT_ONCE) await this.#putInPlace(news.slice(at, at + FILES_AT_ONCE));
    await this.#syncFolders(folders);
  }

  async truncate(path: string, length: number): Promise<void> {
    await this.close();
    await truncate(join(this.#root, path), length);
    await syncFile(join(this.#root, path));
  }

  async sync(path: string): Promise<void> {
    const target = join(this.#root, path);
    await syncFile(target);
    await this.#syncFolders([dirname(target)]);
  }

  async remove(path: string): Promise<void> {
    const target = join(this.#root, path);
    this.#namedFolders.delete(target);
    await rm(target, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    const open = this.#appending;
    this.#appending = undefined;
    await open?.handle.close();
  }

  /** Leaves only the sync of the folders. Step by step for all of them, for each step of each takes a turn of the event loop. */
  async #putInPlace(news: readonly NewFile[]): Promise<void> {
    const handles: FileHandle[] = [];
    try {
      await inParallel(news, FILES_AT_ONCE, async ({ path, bytes }) => {
        const handle = await open(join(this.#root, path) + TEMPORARY_SUFFIX, 'w');
        handles.push(handle);
        await writeWhole(handle, bytes, 0);
      });
      await inParallel(handles, SYNCS_AT_ONCE, (handle) => handle.sync());
    } finally {
      await Promise.all(handles.map((handle) => handle.close()));
    }
    await inParallel(news, FILES_AT_ONCE, ({ path }) => {
      const target = join(this.#root, path);
      return rename(target + TEMPORARY_SUFFIX, target);
    });
  }

  /** Each folder's name stands in its parent, so all of them up to the root are synced as well, once in a process. */
  async #syncFolders(changed: Iterable<string>): Promise<void> {
    const folders = new Set(changed);
    const named: string[] = [];
    // A set that grows while it is walked: the parents that are added get their turn.
    for (const folder of folders) {
      if (!folder.startsWith(this.#root) || this.#namedFolders.has(folder)) continue;
      named.push(folder);
      folders.add(dirname(folder));
    }
    await inParallel([...folders], SYNCS_AT_ONCE, syncFile);
    for (const folder of named) this.#namedFolders.add(folder);
  }
}

/** Rejects when nothing is under way any more; after a failure nothing new is begun. */
async function inParallel<T>(items: readonly T[], workers: number, use: (item: T) => Promise<void>): Promise<void> {
  let [next, failed] = [0, false];
  const work = async (): Promise<void> => {
    while (next < items.length && !failed) {
      await use(items[next++]!).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: workers }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** Makes durable what stands in a file, or which names stand in a folder. */
export async function syncFile(path: string): Promise<void> {
  await withFile(path, 'r', (handle) => handle.sync());
}

async function withFile(path: string, flags: string, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
