// SPDX-License-Identifier: Apache-2.0
/** Whether the wall clock of this machine is synchronised, as far as the machine tells. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface ClockWitnesses {
  /** systemd-timesyncd writes `synchronized` in it; the folder is there while it runs. A container can be given it. */
  readonly folder: string;
  /** Program and arguments that say "yes" or "no" for the kernel's own flag, whoever keeps the time: chrony, ntpd or timesyncd. */
  readonly program: readonly [string, ...string[]];
}

const SYSTEMD: ClockWitnesses = {
  folder: '/run/systemd/timesync',
  program: ['timedatectl', 'show', '--property=NTPSynchronized', '--value'],
};
const ANSWER_MS_MAX = 3000;

/** Undefined if nobody knows. */
export async function isClockSynchronised(witnesses = SYSTEMD): Promise<boolean | undefined> {
  const { folder, program } = witnesses;
  if (existsSync(`${folder}/synchronized`)) return true;
  return (await answerOf(program)) ?? (existsSync(folder) ? false : undefined);
}

function answerOf([program, ...args]: readonly [string, ...string[]]): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    // No such program, no system bus (in a container), an answer that never comes: nobody knows.
    execFile(program, args, { timeout: ANSWER_MS_MAX }, (error, stdout) => {
      const answer = stdout.trim();
      resolve(error || !['yes', 'no'].includes(answer) ? undefined : answer === 'yes');
    });
  });
}
