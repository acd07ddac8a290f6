// SPDX-License-Identifier: Apache-2.0
/** What a verb of this floor needs of its process; the front door's fits. */
export interface CliIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** What a verb needs that runs until it is told to stop. */
export interface RunningIo extends CliIo {
  readonly signal: AbortSignal;
}

/** 0 done, 1 refused or not verified, 2 wrong use. */
export type ExitCode = 0 | 1 | 2;
