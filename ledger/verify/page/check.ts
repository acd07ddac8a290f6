// SPDX-License-Identifier: Apache-2.0
/** One check, from files to what was found. The verifiers are those of the command line; only the crypto is the browser's. */
import { nobleCrypto, nobleSha256Of } from '../../crypto/noble.ts';
import { LedgerError } from '../../errors.ts';
import { parseVerifierKey, type VerifierKey } from '../../log/note.ts';
import type { RecordReading } from '../../record/reading-codec.ts';
import { WitnessError } from '../../witness/errors.ts';
import { type Policy, parsePolicy } from '../../witness/policy.ts';
import type { ShownCorrection } from '../correction.ts';
import { type VerifyStep, verifyProof } from '../verify.ts';
import { verifyExport } from '../verify-export.ts';
import { chunksOf, isExportProof, proofText, shortText } from './files.ts';

export interface Request {
  readonly proof: Blob | undefined;
  readonly csv: Blob | undefined;
  readonly policy: Blob | undefined;
  /** As it was typed. */
  readonly vkey: string;
}

export type Proved =
  | {
      readonly kind: 'reading';
      readonly reading: RecordReading;
      /** What stands over it. */
      readonly corrected: ShownCorrection | undefined;
      readonly takenBack: readonly ShownCorrection[];
    }
  | {
      readonly kind: 'export';
      readonly rows: number;
      readonly batches: number;
      readonly corrections: readonly ShownCorrection[];
    };

export interface Found {
  readonly ok: boolean;
  readonly steps: readonly VerifyStep[];
  readonly code: string | undefined;
  readonly logKey: VerifierKey;
  /** Only if every step holds. */
  readonly proved: Proved | undefined;
  readonly isWitnessed: boolean;
}

/** What was found, or what is missing before anything can be checked. Only what reading a file throws is thrown. */
export async function check({
  proof,
  csv,
  policy,
  vkey,
}: Request): Promise<Found | 'proof' | 'key' | 'csv' | 'policy'> {
  if (!proof) return 'proof';
  const logKey = keyOf(vkey);
  if (!logKey) return 'key';
  const rules = policy && policyOf(await shortText(policy));
  if (policy && !rules) return 'policy';
  const common = { logKey, isWitnessed: rules !== undefined };
  if (!(await isExportProof(proof))) {
    const {
      ok,
      steps,
      error,
      reading,
      corrected,
      takenBack = [],
    } = verifyProof(await proofText(proof), vkey.trim(), nobleCrypto, rules);
    const proved = reading && { kind: 'reading' as const, reading, corrected, takenBack };
    return { ...common, ok, steps, code: error?.code, proved };
  }
  if (!csv) return 'csv';
  const files = { proof: chunksOf(proof), csv: chunksOf(csv), csvSha256: await nobleSha256Of(chunksOf(csv)) };
  const { ok, steps, error, rows, batches, corrections } = await verifyExport(files, vkey.trim(), nobleCrypto, rules);
  const proved = ok ? { kind: 'export' as const, rows, batches, corrections } : undefined;
  return { ...common, ok, steps, code: error?.code, proved };
}

function keyOf(vkey: string): VerifierKey | undefined {
  try {
    return parseVerifierKey(vkey.trim(), nobleCrypto.sha256);
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

function policyOf(text: string): Policy | undefined {
  try {
    return parsePolicy(text, nobleCrypto.sha256);
  } catch (error) {
    if (error instanceof WitnessError) return undefined;
    throw error;
  }
}
