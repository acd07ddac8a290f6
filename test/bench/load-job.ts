// SPDX-License-Identifier: Apache-2.0
/** What a load generator is told and what it tells: one reading a message, many messages in flight. */

export interface LoadClient {
  readonly name: string;
  readonly secret?: string;
  readonly topic: string;
}

export interface LoadJob {
  readonly port: number;
  readonly clients: readonly LoadClient[];
  readonly messagesPerClient: number;
  /** Unacknowledged messages of one client at most. */
  readonly inFlight: number;
  readonly body: 'senml' | 'line-protocol';
  /** Session of every client, 16 hex digits. */
  readonly session: string;
}

/** Wall clock of this machine, ms. */
export interface LoadResult {
  readonly startedMs: number;
  readonly acknowledgedMs: number;
}

/** What a bedside device of the bench measures, in turn: key, unit, first value, range. */
const VITALS = [
  ['heartRate', '/min', 60, 40],
  ['spo2', '%', 92, 8],
  ['respiratoryRate', '/min', 12, 8],
  ['temperature', 'Cel', 36.5, 1],
  ['perfusionIndex', '%', 2.5, 4],
  ['pulseRate', '/min', 60, 40],
] as const;
const CHANGES_EVERY = 20;

/** The text of reading number `index` of a client. */
export function bodyOf(job: LoadJob, client: LoadClient, index: number, startMs: number): string {
  const [vital, unit, first, range] = VITALS[index % VITALS.length]!;
  const step = Math.floor(index / VITALS.length / CHANGES_EVERY) % range;
  const value = first + step;
  if (job.body === 'line-protocol')
    return `reading,device=${client.name},vital=${vital} value=${value} ${startMs + index}000000`;
  const time = ((startMs + index) / 1000).toFixed(3);
  return `[{"bn":"${job.session}:","n":"${vital}","u":"${unit}","v":${value},"seq_":${index},"t":${time}}]`;
}
