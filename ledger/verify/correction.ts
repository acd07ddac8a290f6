// SPDX-License-Identifier: Apache-2.0
/**
 * Corrections as a proof shows them: what somebody said of readings, and whether it was taken back. The readings themselves are proved
 * apart. No proof can show that nothing else was said, nor that a correction is of this stay and no other.
 */
import type { CommandOf } from '../contract/commands.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { leafHash } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import type { RecordReading } from '../record/reading-codec.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import type { VerifierCrypto } from './crypto.ts';
import { timeText } from './words.ts';

interface Said {
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
}

/** What somebody said of readings. */
export interface ShownCorrection extends Said {
  readonly reason: CommandOf<'recordCorrection'>['reason'];
  /** Of corrected time, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: all vital signs. */
  readonly vital: string | undefined;
  /** By whom, when and why it was taken back; from then on it stands over no reading. */
  readonly withdrawn: Said | undefined;
}

type Place = Pick<RecordReading, 'vital' | 'correctedMs'>;

export function isCorrectionInLog(
  { sha256 }: VerifierCrypto,
  { size, root }: Checkpoint,
  { entry, logIndex: index, logPath: proof }: CorrectionEvidence,
): boolean {
  return verifyInclusion(sha256, { leafHash: leafHash(sha256, entry), index, size, root, proof });
}

/** The newest correction that stands over a reading. `corrections` in the order of the log. */
export function correctionOver(corrections: readonly ShownCorrection[], reading: Place): ShownCorrection | undefined {
  if (corrections.length === 0) return undefined;
  return corrections.findLast((one) => one.withdrawn === undefined && isAbout(one, reading));
}

/** Whether the correction names this reading, taken back or not. */
export function isAbout(
  { vital, fromMs, toMs }: Pick<ShownCorrection, 'vital' | 'fromMs' | 'toMs'>,
  reading: Place,
): boolean {
  return (
    (vital === undefined || vital === reading.vital) && fromMs <= reading.correctedMs && reading.correctedMs <= toMs
  );
}

/**
 * For example `2026-11-21T08:00:00.000Z to 2026-11-21T08:05:00.000Z, spo2: another-patient, says Ada (2026-11-21T09:00:00.000Z): why`,
 * and behind that `; taken back by Ben (2026-11-21T09:10:00.000Z): why` if it was.
 */
export function correctionInWords({ fromMs, toMs, vital, reason, by, atMs, why, withdrawn }: ShownCorrection): string {
  const range = `${timeText(fromMs)} to ${timeText(toMs)}, ${vital ?? 'all vital signs'}`;
  const back = withdrawn ? `; taken back by ${withdrawn.by} (${timeText(withdrawn.atMs)}): ${withdrawn.why}` : '';
  return `${range}: ${reason}, says ${by} (${timeText(atMs)}): ${why}${back}`;
}
