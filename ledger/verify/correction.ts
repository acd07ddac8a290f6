// SPDX-License-Identifier: Apache-2.0
/**
 * Corrections as a proof shows them: the command in the log, and the details that it commits to. They say what somebody said of readings;
 * the readings themselves are proved apart. No proof can show that nothing else was said, nor that a correction is of this stay and no other.
 */
import { equalBytes } from '../codec/bytes.ts';
import type { CommandOf } from '../contract/commands.ts';
import { type DetailsOf, openDetails } from '../contract/details.ts';
import { ContractError } from '../contract/errors.ts';
import { commandInEntry, decodeSignedCommand, ID_BYTES, type SignedCommand } from '../contract/signed-command.ts';
import { LedgerError } from '../errors.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { leafHash } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import type { RecordReading } from '../record/reading-codec.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import type { VerifierCrypto } from './crypto.ts';
import { timeText } from './words.ts';

/** What somebody said of readings. */
export interface ShownCorrection {
  readonly reason: CommandOf<'recordCorrection'>['reason'];
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
  /** Of corrected time, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: all vital signs. */
  readonly vital: string | undefined;
}

export function isCorrectionInLog(
  { sha256 }: VerifierCrypto,
  { size, root }: Checkpoint,
  { entry, logIndex: index, logPath: proof }: CorrectionEvidence,
): boolean {
  return verifyInclusion(sha256, { leafHash: leafHash(sha256, entry), index, size, root, proof });
}

/** What the correction says, if this gateway signed it and the details are those that it commits to. Throws PROOF_CORRECTION_REFUSED. */
export function openCorrection(
  crypto: VerifierCrypto,
  gatewayKey: Uint8Array,
  { entry, opening }: CorrectionEvidence,
): ShownCorrection {
  try {
    const { command, message, signature } = signedIn(entry, crypto);
    if (command.type !== 'recordCorrection') throw refused('the entry is another command');
    const isOfGateway = command.device && equalBytes(command.device, crypto.sha256(gatewayKey).subarray(0, ID_BYTES));
    if (!isOfGateway || !crypto.ed25519Verify(gatewayKey, message, signature)) throw refused('the signature');
    const details = openDetails(opening, command.details, crypto.sha256);
    if (details.kind !== 'correction') throw refused('details of something else');
    return shown(command, details);
  } catch (error) {
    if (error instanceof ContractError) throw refused(error.code);
    throw error;
  }
}

/** The newest correction that stands over a reading. `corrections` in the order of the log. */
export function correctionOver(
  corrections: readonly ShownCorrection[],
  { vital, correctedMs }: Pick<RecordReading, 'vital' | 'correctedMs'>,
): ShownCorrection | undefined {
  if (corrections.length === 0) return undefined;
  const covers = (one: ShownCorrection) =>
    (one.vital === undefined || one.vital === vital) && one.fromMs <= correctedMs && correctedMs <= one.toMs;
  return corrections.findLast(covers);
}

/** For example `2026-11-21T08:00:00.000Z to 2026-11-21T08:05:00.000Z, spo2: another-patient, says Ada (2026-11-21T09:00:00.000Z): why`. */
export function correctionInWords({ fromMs, toMs, vital, reason, by, atMs, why }: ShownCorrection): string {
  const range = `${timeText(fromMs)} to ${timeText(toMs)}, ${vital ?? 'all vital signs'}`;
  return `${range}: ${reason}, says ${by} (${timeText(atMs)}): ${why}`;
}

function signedIn(entry: Uint8Array, { sha256 }: VerifierCrypto): SignedCommand {
  const signed = commandInEntry(entry);
  if (!signed) throw refused('the entry is no command');
  return decodeSignedCommand(signed, sha256);
}

function shown(
  { reason, at }: CommandOf<'recordCorrection'>,
  { by, why, fromMs, toMs, vital }: DetailsOf<'correction'>,
): ShownCorrection {
  return { reason, atMs: at, by, why, fromMs, toMs, vital };
}

function refused(detail: string): LedgerError {
  return new LedgerError('PROOF_CORRECTION_REFUSED', detail);
}
