// SPDX-License-Identifier: Apache-2.0
/** The specification of an export's check: lists of steps in their order, of the head, of each correction, of each batch, of the end. */
import { equalBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import { parseVerifierKey } from '../log/note.ts';
import { isAccepted, type Policy } from '../witness/policy.ts';
import {
  isBatchInLog,
  isBatchSigned,
  isFromTheBatch,
  isGatewayKeyEndorsed,
  isOfItsVital,
  isWithinTheBatch,
} from './checks.ts';
import { isCorrectionInLog } from './correction.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import type { VerifierCrypto } from './crypto.ts';
import type { ExportEnd, ExportHead } from './export-proof.ts';
import type { ExportedBatch } from './exported-batch.ts';
import type { SaidCorrections } from './said-corrections.ts';
import { type Step, WITNESSES } from './verify.ts';

export const FILE: Step<boolean> = {
  name: 'file',
  words: 'The proof file is whole and of its form.',
  code: 'PROOF_EXPORT_MALFORMED',
  holds: (isWhole) => isWhole,
};

interface HeadScope {
  readonly head: ExportHead;
  readonly vkey: string;
  readonly crypto: VerifierCrypto;
}

export const HEAD_STEPS: readonly Step<HeadScope>[] = [
  {
    name: 'form',
    words: 'The form of the CSV file is known.',
    code: 'PROOF_EXPORT_MALFORMED',
    holds: ({ head }) => isTimeZone(head.form.timeZone),
  },
  {
    name: 'checkpoint',
    words: 'The checkpoint is signed by the given log key.',
    code: 'PROOF_CHECKPOINT_REFUSED',
    holds: ({ head, vkey, crypto }) =>
      openCheckpoint(head.checkpoint, parseVerifierKey(vkey, crypto.sha256), crypto) !== undefined,
  },
  {
    name: 'gateway-key',
    words: 'The log key endorsed the key of the gateway.',
    code: 'PROOF_GATEWAY_KEY_REFUSED',
    holds: ({ head, vkey, crypto }) => isGatewayKeyEndorsed(crypto, parseVerifierKey(vkey, crypto.sha256), head),
  },
];

export function witnessesStep(policy: Policy): Step<HeadScope> {
  return {
    ...WITNESSES,
    holds: ({ head, vkey, crypto }) =>
      isAccepted(policy, head.checkpoint, parseVerifierKey(vkey, crypto.sha256), crypto),
  };
}

interface CorrectionScope {
  readonly correction: CorrectionEvidence;
  /** Those before it; it joins them in the last step. */
  readonly said: SaidCorrections;
  readonly checkpoint: Checkpoint;
  readonly crypto: VerifierCrypto;
  /** Log index of the correction before. */
  readonly after: number;
}

export const CORRECTION_STEPS: readonly Step<CorrectionScope>[] = [
  {
    name: 'corrections-once',
    words: 'The corrections stand in the order of the log, each once.',
    code: 'PROOF_EXPORT_REPEATED',
    holds: ({ correction, after }) => correction.logIndex > after,
  },
  {
    name: 'corrections-log',
    words: 'Every correction is in the log, at the index that the file names.',
    code: 'PROOF_NOT_IN_LOG',
    holds: ({ correction, checkpoint, crypto }) => isCorrectionInLog(crypto, checkpoint, correction),
  },
  {
    name: 'corrections',
    words:
      'The gateway signed every correction, its details are those that the log committed to, and what is taken back stood.',
    code: 'PROOF_CORRECTION_REFUSED',
    holds: ({ said, correction }) => said.take(correction),
  },
];

interface BatchScope {
  readonly batch: ExportedBatch;
  readonly head: ExportHead;
  readonly checkpoint: Checkpoint;
  /** Log indexes of the batches before. */
  readonly seen: ReadonlySet<number>;
}

export const BATCH_STEPS: readonly Step<BatchScope>[] = [
  {
    name: 'once',
    words: 'No batch and no reading stands twice.',
    code: 'PROOF_EXPORT_REPEATED',
    holds: ({ batch, seen }) => !seen.has(batch.part.logIndex) && batch.hasRisingLeaves,
  },
  {
    name: 'signature',
    words: 'The gateway signed every batch.',
    code: 'PROOF_SIGNATURE_REFUSED',
    holds: ({ batch, head }) => isBatchSigned(batch.crypto, head.gatewayKey, batch.part),
  },
  {
    name: 'log',
    words: 'Every batch is in the log, at the index that the file names.',
    code: 'PROOF_NOT_IN_LOG',
    holds: ({ batch, checkpoint }) => isBatchInLog(batch.crypto, checkpoint, batch.part),
  },
  {
    name: 'header',
    words: 'The header of every batch is well formed.',
    code: 'PROOF_HEADER_MALFORMED',
    holds: ({ batch }) => batch.header !== undefined,
  },
  {
    name: 'leaf-zero',
    words: 'Leaf 0, which describes the batch, is well formed.',
    code: 'PROOF_LEAF_ZERO_REFUSED',
    holds: ({ batch }) => batch.leafZero !== undefined,
  },
  {
    name: 'readings-in-batch',
    words: 'The readings, byte for byte, and leaf 0 are in their batch.',
    code: 'PROOF_READING_NOT_IN_BATCH',
    holds: ({ batch }) => equalBytes(batch.root(), batch.header.root),
  },
  {
    name: 'gateway',
    words: 'Every batch is of the gateway whose key was endorsed.',
    code: 'PROOF_GATEWAY_DIFFERS',
    holds: ({ batch, head }) => batch.leafZero.gateway === head.gateway,
  },
  {
    name: 'readings',
    words: 'Every reading is well formed.',
    code: 'PROOF_READING_MALFORMED',
    holds: ({ batch }) => batch.readings !== undefined,
  },
  {
    name: 'unit',
    words: 'Unit and code are those of its vital sign.',
    code: 'PROOF_UNIT_REFUSED',
    holds: ({ batch }) => batch.readings.series.every(isOfItsVital),
  },
  {
    name: 'device',
    words: 'Its device is one of the batch.',
    code: 'PROOF_DEVICE_UNKNOWN',
    holds: ({ batch }) => batch.readings.series.every((common) => isFromTheBatch(common, batch.leafZero)),
  },
  {
    name: 'time',
    words: 'Its time lies inside the time of the batch.',
    code: 'PROOF_TIME_OUTSIDE',
    holds: ({ batch }) =>
      batch.readings.numbers.correctedMs.every((correctedMs) => isWithinTheBatch({ correctedMs }, batch.leafZero)),
  },
];

interface Comparison {
  readonly isEqual: boolean;
  readonly where: string;
}

export const ROW: Step<Comparison> = {
  name: 'row',
  words: 'Every row of the CSV file says exactly what its reading says.',
  code: 'PROOF_EXPORT_ROW_DIFFERS',
  holds: ({ isEqual, where }) => isEqual || refuse(new LedgerError('PROOF_EXPORT_ROW_DIFFERS', where)),
};

export const END_STEPS: readonly Step<{ end: ExportEnd; rows: number; csvSha256: Uint8Array; isAtEnd: boolean }>[] = [
  {
    name: 'end',
    words: 'The CSV file ends where the proof ends.',
    code: 'PROOF_EXPORT_FILE_DIFFERS',
    holds: ({ end, rows, isAtEnd }) => isAtEnd && end.rows === rows,
  },
  {
    name: 'fingerprint',
    words: 'The CSV file has the fingerprint (SHA-256) that was noted at the export.',
    code: 'PROOF_EXPORT_FILE_DIFFERS',
    holds: ({ end, csvSha256 }) => equalBytes(end.csvSha256, csvSha256),
  },
];

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function refuse(error: LedgerError): never {
  throw error;
}
