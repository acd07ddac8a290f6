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
} as const satisfies Record<string, ErrorEntry>;

export type LedgerErrorCode = keyof typeof LEDGER_ERRORS;

export class LedgerError extends CodedError<LedgerErrorCode> {
  constructor(code: LedgerErrorCode, detail?: string, options?: ErrorOptions) {
    super(LEDGER_ERRORS, code, detail, options);
    this.name = 'LedgerError';
  }
}
