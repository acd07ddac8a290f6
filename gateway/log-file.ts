// SPDX-License-Identifier: Apache-2.0
/** A log file of bounded size: when it is full it becomes `<path>.1`, and the former `.1` is gone. */
import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';

const LOG_FILE_MAX_BYTES = 8 * 1024 * 1024;

/** Gives back a function that appends text. Synchronous: the last words before a crash are the ones that matter. */
export function openLogFile(path: string, maxBytes = LOG_FILE_MAX_BYTES): (text: string) => void {
  appendFileSync(path, '', { mode: 0o600 });
  chmodSync(path, 0o600);
  let bytes = statSync(path).size;
  return (text) => {
    if (bytes > 0 && bytes + Buffer.byteLength(text) > maxBytes) {
      renameSync(path, `${path}.1`);
      bytes = 0;
    }
    appendFileSync(path, text, { mode: 0o600 });
    bytes += Buffer.byteLength(text);
  };
}
