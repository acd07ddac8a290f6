// SPDX-License-Identifier: Apache-2.0
/**
 * A file that appears under its name when it is whole. Synchronous throughout: a command has nothing else to do meanwhile, and what is
 * left of a file that is given up goes at once, whatever else hangs.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const PART_ENDING = '.part';

export interface PartFile extends Disposable {
  write(text: string): void;
  /** Makes durable what was written. */
  sync(): void;
  /** Puts the file under its name. */
  keep(): void;
}

/** Opens `path.part` for its owner only; disposing removes what was not kept. Throws what the file system throws. */
export function openPartFile(path: string): PartFile {
  const part = path + PART_ENDING;
  const fd = openSync(part, 'w', 0o600);
  return {
    write: (text) => writeFileSync(fd, text),
    sync: () => fsyncSync(fd),
    keep: () => renameSync(part, path),
    [Symbol.dispose]: () => {
      closeSync(fd);
      rmSync(part, { force: true });
    },
  };
}
