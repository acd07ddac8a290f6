// SPDX-License-Identifier: Apache-2.0
/** What the gateway's operations server tells a technician, as one object: health, counters, and the head of the log. No values of patients. */
import * as z from 'zod';
import type { Counters } from './counters.ts';
import type { StationCredential } from './station-credential.ts';

const ANSWER_MS_MAX = 3_000;
const ANSWER_BYTES_MAX = 512 * 1024;

const count = z.number().int().nonnegative();
const healthSchema = z.object({
  ok: z.boolean(),
  problems: z.array(z.string()),
  problemKeys: z.array(z.string()),
  facts: z.object({
    disk: z.enum(['recording', 'waveforms-stopped', 'refusing']),
    diskUsedPercent: z.number(),
    seriesLagBatches: count,
    anchorLagEntries: count,
    journalRows: count,
    recordOpenBatches: count,
    timeTrust: z.union([z.literal(0), z.literal(1)]),
    devicesConnected: count,
    logSize: count,
    anchored: z.object({ size: count, waitingMs: z.number(), alarm: z.string().nullable() }).nullable(),
  }),
});

/** Counters of the gateway since it started, by the name that a page uses. Resends are told by number or by content. */
const COUNTERS = {
  accepted: ['intake_accepted_total'],
  resent: ['intake_duplicate_total', 'intake_collapsed_total'],
  late: ['intake_late_total'],
  gaps: ['intake_gaps_total'],
  refused: ['senml_refused_total', 'serial_faults_total'],
  withheld: ['mqtt_pubacks_withheld_total'],
} as const;
export type OperationsCounter = keyof typeof COUNTERS;

export interface Operations {
  readonly health: z.infer<typeof healthSchema>;
  readonly counters: Readonly<Record<OperationsCounter, number>>;
  /** The signed head that everybody may see; null before the first. `ageMs` in real time. */
  readonly checkpoint: { readonly size: number; readonly root: string; readonly ageMs: number } | null;
}

export interface OperationsDeps {
  /** Read for every question: a gateway that started anew may have another port. */
  readonly readCredential: () => Promise<Pick<StationCredential, 'host' | 'operationsPort'>>;
  /** Wall clock, ms since 1970. */
  readonly nowMs: () => number;
  readonly counters: Pick<Counters, 'add'>;
}

/** Asks for all of it. Null, and counted as `operations_unreached`, when there is no answer in time or none of ours. */
export async function askOperations(deps: OperationsDeps): Promise<Operations | null> {
  try {
    const { host, operationsPort } = await deps.readCredential();
    const base = `http://${host}:${operationsPort}`;
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const ask = async (path: string) => {
      const response = await fetch(base + path, { signal, redirect: 'error' });
      return { response, text: await boundedText(response) };
    };
    const [health, metrics, head] = await Promise.all([ask('/healthz'), ask('/metrics'), ask('/log/checkpoint')]);
    return {
      // 503 is an answer too: it says what is wrong.
      health: healthSchema.parse(JSON.parse(health.text)),
      counters: countersOf(metrics.text),
      checkpoint: head.response.ok ? checkpointOf(head.text, head.response.headers, deps.nowMs()) : null,
    };
  } catch {
    deps.counters.add('operations_unreached');
    return null;
  }
}

/** Of the Prometheus text format; what the gateway has not counted yet is 0. */
function countersOf(text: string): Operations['counters'] {
  const values = new Map(
    [...text.matchAll(/^lamplight_(\w+) (\d+(?:\.\d+)?)$/gm)].map(([, name, n]) => [name, Number(n)]),
  );
  const sum = (names: readonly string[]) => names.reduce((total, name) => total + (values.get(name) ?? 0), 0);
  return Object.fromEntries(
    Object.entries(COUNTERS).map(([name, names]) => [name, sum(names)]),
  ) as Operations['counters'];
}

/** Size and root of a C2SP checkpoint: its second and third line. Shown only; whoever relies on it checks the signature. */
function checkpointOf(note: string, headers: Headers, nowMs: number): Operations['checkpoint'] {
  const [, size, root] = note.split('\n');
  const published = Date.parse(headers.get('last-modified') ?? '');
  return z
    .object({ size: count, root: z.base64().length(44), ageMs: z.number() })
    .parse({ size: Number(size), root, ageMs: Math.max(0, nowMs - published) });
}

/** @throws RangeError for more than any gateway of ours says */
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new RangeError('too long an answer');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
