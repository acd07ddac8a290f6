// SPDX-License-Identifier: Apache-2.0
/** Errors of the ledger floor, and the form that the floors above use too. One registry; `docs/errors.md` is bound to it by a test. */

export type ErrorClass = 'transient' | 'ambiguous' | 'permanent';

export interface ErrorEntry {
  readonly class: ErrorClass;
  readonly message: string;
  /** What the operator does about it. */
  readonly advice: string;
}

/** A coded error: policy looks at `code` and `class`, people read `message` and `advice`. `detail` never holds a patient value. */
export class CodedError<Code extends string> extends Error {
  readonly code: Code;
  readonly class: ErrorClass;
  readonly advice: string;

  constructor(registry: Readonly<Record<Code, ErrorEntry>>, code: Code, detail?: string, options?: ErrorOptions) {
    const entry = registry[code];
    super(detail === undefined ? entry.message : `${entry.message} (${detail})`, options);
    this.name = 'CodedError';
    this.code = code;
    this.class = entry.class;
    this.advice = entry.advice;
  }
}

export const LEDGER_ERRORS = {
  CBOR_NOT_CANONICAL: {
    class: 'permanent',
    message: 'The bytes are not deterministic CBOR (RFC 8949 4.2.1).',
    advice: 'The data was damaged or made by another program. Get the file again from its source.',
  },
  SEAL_BROKEN: {
    class: 'permanent',
    message: 'A sealed record does not open: the key is wrong or the bytes were changed.',
    advice: 'Run "lamplight ledger fsck" and restore the damaged part from a backup.',
  },
  READING_MALFORMED: {
    class: 'permanent',
    message: 'A recorded reading is not of the published form.',
    advice: 'The data was damaged or made by another program. Get the file again from its source.',
  },
  ENVELOPE_MALFORMED: {
    class: 'permanent',
    message: 'A sealed envelope is not of the published form.',
    advice: 'Run "lamplight ledger fsck" and restore the damaged part from a backup.',
  },
  ENVELOPE_SIGNATURE: {
    class: 'permanent',
    message: 'A sealed envelope was not signed by this gateway.',
    advice: 'Somebody altered the store. Keep it as evidence and restore the part from a backup.',
  },
  KEY_RECORD_REFUSED: {
    class: 'permanent',
    message: 'The key of an epoch cannot be used.',
    advice: 'Use the key store of the care team that this epoch was sealed for; if it is, somebody altered the record.',
  },
  BATCH_MALFORMED: {
    class: 'permanent',
    message: 'A sealed batch does not hold what its header says.',
    advice: 'Run "lamplight ledger fsck" and restore the damaged part from a backup.',
  },
  NOTE_MALFORMED: {
    class: 'permanent',
    message: 'The text is not a signed note, or its key is not a verifier key (C2SP signed-note).',
    advice: 'Get the file or the key again from its source.',
  },
  NOTE_SIGNATURE: {
    class: 'permanent',
    message: 'The note is not signed by the expected key.',
    advice: 'Check that the verifier key is the one this log published.',
  },
  CHECKPOINT_MALFORMED: {
    class: 'permanent',
    message: 'The note is not a checkpoint (C2SP tlog-checkpoint).',
    advice: 'Get the checkpoint again from its source.',
  },
  LOG_FORMAT: {
    class: 'permanent',
    message: 'The log was written by another version of the program.',
    advice: 'Open it with the version that wrote it.',
  },
  LOG_KEY_DIFFERS: {
    class: 'permanent',
    message: 'The log belongs to another name or key.',
    advice: 'Use the key store and the data directory of the same gateway.',
  },
  LOG_DAMAGED: {
    class: 'permanent',
    message: 'A stored part of the log is not what was written.',
    advice: 'Run "lamplight ledger fsck" to see which part, keep it as evidence, and restore it from a backup.',
  },
  LOG_ROLLED_BACK: {
    class: 'permanent',
    message: 'The log on disk is older than a checkpoint that was signed over it.',
    advice: 'Somebody or something put back an old copy. Keep it as evidence and restore the newest backup.',
  },
  LOG_WRITE_FAILED: {
    class: 'ambiguous',
    message: 'A write to the log failed, so what is on disk is not known.',
    advice: 'Check the disk and start again: the log then finds out what it holds.',
  },
  LOG_CLOSED: {
    class: 'transient',
    message: 'The log is closed, or stopped after a failed write.',
    advice: 'Start again.',
  },
  LOG_BUSY: {
    class: 'transient',
    message: 'Too much waits to be written to the log.',
    advice: 'Wait; if it persists, the disk is too slow or full.',
  },
  LOG_OUTBOX_REPEATED: {
    class: 'permanent',
    message: 'The log already holds this outbox number.',
    advice: 'Resume after the highest outbox number that the log reports.',
  },
  LOG_ENTRY_SIZE: {
    class: 'permanent',
    message: 'A log entry has more than 65,535 bytes.',
    advice: 'This is a fault of the program; report it.',
  },
  LOG_RANGE: {
    class: 'permanent',
    message: 'The log has no such entry or size under its last checkpoint.',
    advice: 'Ask for an index below the size of the checkpoint.',
  },
  PROOF_FILE_MALFORMED: {
    class: 'permanent',
    message: 'The file is not a proof file, or is cut short.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_CHECKPOINT_REFUSED: {
    class: 'permanent',
    message: 'The checkpoint is not signed by the given log key.',
    advice: 'Check that the key is the one this log published.',
  },
  PROOF_WITNESSES_MISSING: {
    class: 'permanent',
    message: 'The checkpoint is not cosigned by enough witnesses of the policy.',
    advice:
      'Ask for the proof again once the log is anchored. If witnesses stay missing, ask them what they hold of this log.',
  },
  PROOF_GATEWAY_KEY_REFUSED: {
    class: 'permanent',
    message: 'The log key did not endorse the key of the gateway.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_SIGNATURE_REFUSED: {
    class: 'permanent',
    message: 'The gateway did not sign this batch.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_NOT_IN_LOG: {
    class: 'permanent',
    message: 'The batch is not in the log at the place the file says.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_HEADER_MALFORMED: {
    class: 'permanent',
    message: 'The header of the batch is not of the published form.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_LEAF_ZERO_REFUSED: {
    class: 'permanent',
    message: 'Leaf 0, which describes the batch, does not belong to it.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_GATEWAY_DIFFERS: {
    class: 'permanent',
    message: 'The batch is of another gateway than its signing key.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_READING_MALFORMED: {
    class: 'permanent',
    message: 'The reading is not of the published form.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_UNIT_REFUSED: {
    class: 'permanent',
    message: 'The unit or the code of the reading does not belong to its vital sign.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_DEVICE_UNKNOWN: {
    class: 'permanent',
    message: 'The device of the reading is not among those of the batch.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_TIME_OUTSIDE: {
    class: 'permanent',
    message: 'The time of the reading lies outside the time of the batch.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_READING_NOT_IN_BATCH: {
    class: 'permanent',
    message: 'The reading, as shown here, is not in the batch: its value, time, salt or path was changed.',
    advice: 'Ask for the proof file again. If it fails again, whoever made it must explain why.',
  },
  PROOF_EXPORT_MALFORMED: {
    class: 'permanent',
    message: 'The file is not the proof of an export, or is cut short.',
    advice: 'Ask for the export and its proof again, together.',
  },
  PROOF_EXPORT_REPEATED: {
    class: 'permanent',
    message: 'A batch or a reading stands twice in the export.',
    advice: 'Ask for the export again. If it fails again, whoever made it must explain why.',
  },
  PROOF_EXPORT_ROW_DIFFERS: {
    class: 'permanent',
    message:
      'A row of the CSV file is not the reading that the proof has there: it was altered, moved, dropped or put in.',
    advice: 'Work with the file as it was exported; a program that saves it again writes it differently.',
  },
  PROOF_CORRECTION_REFUSED: {
    class: 'permanent',
    message:
      'A correction in the proof was not signed by the gateway, its details are not those that the log committed to, or it takes back what does not stand there.',
    advice: 'Ask for the export again. If it fails again, whoever made it must explain why.',
  },
  PROOF_EXPORT_FILE_DIFFERS: {
    class: 'permanent',
    message: 'The CSV file is not the one that was exported: it is longer, shorter or other bytes.',
    advice: 'Work with the file as it was exported; a program that saves it again writes it differently.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type LedgerErrorCode = keyof typeof LEDGER_ERRORS;

export class LedgerError extends CodedError<LedgerErrorCode> {
  constructor(code: LedgerErrorCode, detail?: string, options?: ErrorOptions) {
    super(LEDGER_ERRORS, code, detail, options);
    this.name = 'LedgerError';
  }
}
