// SPDX-License-Identifier: Apache-2.0
/** From a recorded reading to its proof file: leaf and leaf 0 with their paths, S, the endorsed gateway key, the log path, and what was said of it. */
import {
  type CorrectionEvidence,
  encodeProofFile,
  isAbout,
  type LogView,
  MAX_CORRECTIONS,
  type RecordReading,
} from '../ledger/index.ts';
import type { Identity } from './identity.ts';
import type { ProvableCorrection } from './messages.ts';
import { correctionEvidence, type SaidInLog, saidInLog } from './said-in-log.ts';
import type { ReadBatch } from './series/record-reader.ts';

/**
 * The text of a tlog-proof for reading `position` (from 0) of an opened batch, with corrections in the order of the log. Throws LOG_RANGE if
 * no checkpoint covers all of it yet.
 */
export async function proofOfReading(
  batch: ReadBatch,
  position: number,
  identity: Identity,
  log: LogView,
  corrections: readonly SaidInLog[] = [],
): Promise<string> {
  const said: CorrectionEvidence[] = [];
  for await (const evidence of correctionEvidence(corrections, log)) said.push(evidence);
  // Outbox number n is entry n - 1 of the log (gateway/record/outbox-store.ts).
  const index = batch.outbox - 1;
  return encodeProofFile({
    index,
    logPath: await log.inclusionProof(index),
    checkpoint: log.checkpoint,
    extra: {
      reading: batch.prove(position + 1),
      leafIndex: position + 1,
      leafZero: batch.prove(0),
      signedPart: batch.signedPart,
      signature: batch.envelope.signature,
      gateway: identity.gateway,
      gatewayKey: identity.gatewayKey,
      endorsement: identity.endorsement,
      corrections: said,
    },
  });
}

/**
 * Those that cover the reading, in the order of the log. Of more than a proof has room for the newest, and what stands before what was
 * taken back: else the reading would pass for one that nobody marks. Throws EXPORT_CORRECTION_ELSEWHERE.
 */
export function saidOfReading(corrections: readonly ProvableCorrection[], reading: RecordReading): SaidInLog[] {
  const own = saidInLog(corrections.filter((one) => isAbout({ ...one, vital: one.vital ?? undefined }, reading)));
  const byWeight = own
    .toReversed()
    .sort((a, b) => Number(a.withdrawn !== undefined) - Number(b.withdrawn !== undefined));
  const shown = new Set<SaidInLog>();
  let room = MAX_CORRECTIONS;
  for (const one of byWeight) {
    room -= one.entries.length;
    if (room >= 0) shown.add(one);
  }
  return own.filter((one) => shown.has(one));
}
