// SPDX-License-Identifier: Apache-2.0
/** What can go wrong with a witness, and with the policy that names it. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const WITNESS_ERRORS = {
  WITNESS_REQUEST_MALFORMED: {
    class: 'permanent',
    message: 'The request is not one to cosign a checkpoint (C2SP tlog-witness).',
    advice: 'This is a fault of the program that asked; report it.',
  },
  WITNESS_STATE_DAMAGED: {
    class: 'permanent',
    message: 'What the witness remembers of a log is not what it wrote.',
    advice:
      'Keep its directory as evidence and set up a new witness with a new key: one that was put back to an older state could cosign two histories.',
  },
  WITNESS_WRITE_FAILED: {
    class: 'ambiguous',
    message: 'The witness could not make durable what it saw, so it cosigns nothing more.',
    advice: 'Check the disk and start it again: it then finds out what it holds.',
  },
  WITNESS_KEY_FILE: {
    class: 'permanent',
    message: 'The key file of the witness cannot be used.',
    advice: 'It must be the file that the witness made, and only its owner may read it (chmod 600).',
  },
  WITNESS_PORT: {
    class: 'permanent',
    message: 'The witness cannot listen at this address.',
    advice: 'Choose another port with --listen, or stop the program that uses it.',
  },
  POLICY_MALFORMED: {
    class: 'permanent',
    message: 'The file is not a policy that can be used (C2SP tlog-policy).',
    advice:
      'Mend the line that is named. Witnesses need Ed25519 keys of type 4, as "lamplight ledger witness" prints them.',
  },
} as const satisfies Record<string, ErrorEntry>;

type WitnessErrorCode = keyof typeof WITNESS_ERRORS;

export class WitnessError extends CodedError<WitnessErrorCode> {
  constructor(code: WitnessErrorCode, detail?: string, options?: ErrorOptions) {
    super(WITNESS_ERRORS, code, detail, options);
    this.name = 'WitnessError';
  }
}
