// SPDX-License-Identifier: Apache-2.0
/** What Linux knows of a process: processor time, memory, bytes sent to the disk. */
import { readFileSync } from 'node:fs';

/** `getconf CLK_TCK` of every Linux on x86 and ARM. */
const TICKS_PER_SECOND = 100;
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** User and system time of all its threads. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program stands in brackets and may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}

/** Bytes of the process in memory, pages shared with others included. */
export function residentBytes(pid: number): number {
  return 1024 * numberAfter(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS:');
}

/** Bytes that the process made the kernel send to the disk, all threads. */
export function bytesWritten(pid: number): number {
  return numberAfter(readFileSync(`/proc/${pid}/io`, 'utf8'), 'write_bytes:');
}

function numberAfter(text: string, name: string): number {
  return Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1]);
}
