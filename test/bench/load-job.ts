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
  /** Device time of a client's first reading, and from one to the next; now, and a millisecond, unless told otherwise. */
  readonly times?: { readonly firstMs: number; readonly stepMs: number };
}

/** Wall clock of this machine, ms. */
export interface LoadResult {
  readonly startedMs: number;
  readonly acknowledgedMs: number;
}

interface LoadVital {
  readonly key: string;
  readonly unit: string;
  /** The value is this, and up to `steps` units of its last digit more. */
  readonly first: number;
  readonly decimals: number;
  readonly steps: number;
}

/** What a bedside device of the bench measures, in turn. */
export const LOAD_VITALS: readonly LoadVital[] = [
  { key: 'heartRate', unit: '/min', first: 60, decimals: 0, steps: 40 },
  { key: 'spo2', unit: '%', first: 92, decimals: 0, steps: 8 },
  { key: 'respiratoryRate', unit: '/min', first: 12, decimals: 0, steps: 8 },
  { key: 'temperature', unit: 'Cel', first: 36.5, decimals: 1, steps: 10 },
  { key: 'perfusionIndex', unit: '%', first: 2.5, decimals: 1, steps: 20 },
  { key: 'pulseRate', unit: '/min', first: 60, decimals: 0, steps: 40 },
];
/** Rounds of the vitals until the slow wander of a value has moved by one step. */
const ROUNDS_PER_STEP = 15;

/** The vital and value of a client's reading number `index`: a slow wander, and one digit of noise. */
export function readingAt(index: number): { vital: LoadVital; value: string } {
  const vital = LOAD_VITALS[index % LOAD_VITALS.length]!;
  const round = Math.floor(index / LOAD_VITALS.length);
  const noise = Math.imul(index, 0x9e3779b1) >>> 31;
  const step = (Math.floor(round / ROUNDS_PER_STEP) + noise) % vital.steps;
  return { vital, value: (vital.first + step / 10 ** vital.decimals).toFixed(vital.decimals) };
}

/** The text of reading number `index` of a client. */
export function bodyOf(job: LoadJob, client: LoadClient, index: number, nowMs: number): string {
  const { firstMs, stepMs } = job.times ?? { firstMs: nowMs, stepMs: 1 };
  const timeMs = Math.floor(firstMs + index * stepMs);
  const { vital, value } = readingAt(index);
  if (job.body === 'line-protocol')
    return `reading,device=${client.name},vital=${vital.key} value=${value} ${timeMs}000000`;
  const time = (timeMs / 1000).toFixed(3);
  return `[{"bn":"${job.session}:","n":"${vital.key}","u":"${vital.unit}","v":${value},"seq_":${index},"t":${time}}]`;
}
