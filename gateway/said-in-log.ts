// SPDX-License-Identifier: Apache-2.0
/** Corrections with their place in the log, and a log whose checkpoint covers them: what any proof needs that shows them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CorrectionEvidence, type LogView, type ShownCorrection, viewLog } from '../ledger/index.ts';
import { GatewayError } from './errors.ts';
import type { ProvableCorrection } from './messages.ts';

/** A correction and the entries that say so, its own and its withdrawal's: the place of each in the log, and what its command commits to. */
export interface SaidInLog extends ShownCorrection {
  readonly entries: readonly { readonly entry: number; readonly opening: Uint8Array }[];
}

const CHECKPOINT_TRY_MS = 200;
const CHECKPOINT_TRIES = 50;

/** In the order of the log. Throws EXPORT_CORRECTION_ELSEWHERE for one that cannot be proved here. */
export function saidInLog(corrections: readonly ProvableCorrection[]): SaidInLog[] {
  return corrections.map(withPlaces).sort((a, b) => a.entries[0]!.entry - b.entries[0]!.entry);
}

/**
 * The log under a checkpoint that covers the corrections: they are in the log as soon as they were taken, and signed for a second later at
 * most. The newest batch (its log index) may wait for the next. Rejects as `viewLog` does; a checkpoint that never comes is left to the
 * proof that misses it, with LOG_RANGE.
 */
export async function logWith(
  path: string,
  vkey: string,
  newest: number,
  corrections: readonly SaidInLog[],
): Promise<LogView> {
  const needed = Math.max(-1, ...entriesOf(corrections).map(({ entry }) => entry));
  for (let tries = 0; ; tries++) {
    const log = await viewLog(path, vkey, Math.max(newest, needed));
    if (log.size > needed || tries === CHECKPOINT_TRIES) return log;
    await sleep(CHECKPOINT_TRY_MS);
  }
}

/** What a proof shows of corrections, in the order of the log. Rejects with LOG_RANGE if the view does not cover one. */
export async function* correctionEvidence(
  corrections: readonly SaidInLog[],
  log: LogView,
): AsyncGenerator<CorrectionEvidence> {
  for (const { entry, opening } of entriesOf(corrections)) {
    const place = { logIndex: entry, logPath: await log.inclusionProof(entry) };
    yield { ...place, entry: await log.entry(entry), opening };
  }
}

function entriesOf(corrections: readonly SaidInLog[]): SaidInLog['entries'] {
  return corrections.flatMap(({ entries }) => entries).sort((a, b) => a.entry - b.entry);
}

function withPlaces({ entries, vital, withdrawn, ...said }: ProvableCorrection): SaidInLog {
  const places = entries.map(({ entry, opening }) => {
    if (entry === null) throw new GatewayError('EXPORT_CORRECTION_ELSEWHERE');
    return { entry, opening: Buffer.from(opening, 'base64') };
  });
  return { ...said, vital: vital ?? undefined, withdrawn: withdrawn ?? undefined, entries: places };
}
