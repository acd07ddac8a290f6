// SPDX-License-Identifier: Apache-2.0
/** Files of the log that count how long each kind of durable step took, its waiting included. */
import type { Files, NewFile } from '../../ledger/log/files.ts';

type Step = 'append' | 'writeAtomic' | 'sync';

export class TimedFiles implements Files {
  readonly #files: Files;
  spentMs: Record<Step, number> = { append: 0, writeAtomic: 0, sync: 0 };

  constructor(files: Files) {
    this.#files = files;
  }

  /** Counts from zero again. */
  forget(): void {
    this.spentMs = { append: 0, writeAtomic: 0, sync: 0 };
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#files.read(path);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#files.list(folder);
  }

  append(path: string, bytes: Uint8Array): Promise<void> {
    return this.#timed('append', this.#files.append(path, bytes));
  }

  writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
    return this.#timed('writeAtomic', this.#files.writeAtomic(path, bytes));
  }

  writeAll(news: readonly NewFile[]): Promise<void> {
    return this.#timed('writeAtomic', this.#files.writeAll(news));
  }

  truncate(path: string, length: number): Promise<void> {
    return this.#files.truncate(path, length);
  }

  sync(path: string): Promise<void> {
    return this.#timed('sync', this.#files.sync(path));
  }

  remove(path: string): Promise<void> {
    return this.#files.remove(path);
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  async #timed(step: Step, task: Promise<void>): Promise<void> {
    const startedMs = performance.now();
    await task;
    this.spentMs[step] += performance.now() - startedMs;
  }
}
