// SPDX-License-Identifier: Apache-2.0
/** A disk whose every fsync takes 30 ms longer, as a worn card's does: strace delays the call, and says afterwards that it did. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const DELAY_MS = 30;

/** Why there can be no slow disk here; undefined if there can. */
export function slowDiskMissing(): string | undefined {
  const tried = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']);
  return tried.status === 0 ? undefined : 'strace with ptrace is needed';
}

/** What to run the gateway under; with -D it stays our own child. `output` takes a line for every fsync. */
export function slowDisk(output: string): string[] {
  const inject = `inject=fsync,fdatasync:delay_enter=${1000 * DELAY_MS}`;
  return [
    'strace',
    '-D',
    '-f',
    '--seccomp-bpf',
    '-T',
    '-e',
    'trace=fsync,fdatasync',
    '-e',
    inject,
    '-e',
    'signal=none',
    '-o',
    output,
  ];
}

/** How many fsyncs there were. Throws if there was none, or if one was quicker than the delay: then nothing was measured. */
export function delayedSyncs(output: string): number {
  // An unfinished call is resumed on another line, which carries its time.
  const seconds = [...readFileSync(output, 'utf8').matchAll(/ = 0.*<(\d+\.\d+)>$/gm)].map((match) => Number(match[1]));
  const quick = seconds.filter((time) => time < DELAY_MS / 1000);
  if (seconds.length === 0 || quick.length > 0)
    throw new Error(`the delay did not bite: of ${seconds.length} fsyncs these took less, in s: ${quick.join(', ')}`);
  return seconds.length;
}
