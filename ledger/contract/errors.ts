// SPDX-License-Identifier: Apache-2.0
/** What the contract answers when it refuses a command. On Fabric only text survives, so the code is its first word. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const CONTRACT_ERRORS = {
  COMMAND_MALFORMED: {
    class: 'permanent',
    message: 'The command is not of the published form.',
    advice: 'It was damaged or made by another version of the program. Make it again.',
  },
  COMMAND_SIGNATURE: {
    class: 'permanent',
    message: 'The command is not signed by the key that the ledger holds for its sender.',
    advice: 'Use the key store of the registered gateway; after a change of its key, make the command again.',
  },
  CALLER_REFUSED: {
    class: 'permanent',
    message: 'Whoever handed the command in is not who signed it.',
    advice: 'Hand the command in under the identity of the organisation and gateway that signed it.',
  },
  SENDER_INACTIVE: {
    class: 'permanent',
    message: 'The gateway that signed the command is suspended, retired, or not valid at that time.',
    advice: 'The administrator of its organisation can make it active again, unless it is retired.',
  },
  NOT_PERMITTED: {
    class: 'permanent',
    message: 'The rules of the ledger do not permit this command to this sender.',
    advice: 'Read the table of rules: it says who may do what, for which purpose, and when.',
  },
  NOT_FOUND: {
    class: 'permanent',
    message: 'The ledger does not hold what the command is about.',
    advice: 'Register the organisation or gateway, open the log, grant the consent, or make the correction first.',
  },
  CONSENT_NOT_LIVE: {
    class: 'permanent',
    message: 'The consent is revoked, has ended, or has not begun.',
    advice: 'Ask for a new consent. In an emergency, record the emergency and its reason.',
  },
  CONFLICT: {
    class: 'permanent',
    message: 'The ledger holds something else under the same id.',
    advice: 'Read what the ledger holds; a new thing needs a new id.',
  },
  CORRECTION_WITHDRAWN: {
    class: 'permanent',
    message: 'The correction was taken back already.',
    advice: 'Nothing to do. If the readings are wrong after all, mark them again.',
  },
  STALE: {
    class: 'transient',
    message: 'The ledger has moved on from what the command was made for.',
    advice: 'Nothing to do: the command is made again from the state that the answer names.',
  },
  FORK: {
    class: 'permanent',
    message: 'A log has signed two histories: another root at a size that is anchored.',
    advice: 'Stop the gateway, keep its disk as evidence, and ask who had its log key. The ledger has recorded it.',
  },
  CHECKPOINT_NOT_EXTENSION: {
    class: 'permanent',
    message: 'The proof does not show that the checkpoint extends the anchored one.',
    advice: 'Make the proof again from the log itself. If it fails again, the log was rewritten: keep it as evidence.',
  },
  TIME_AHEAD: {
    class: 'transient',
    message: 'The command bears a time that has not come yet.',
    advice: 'Set the clock of the gateway.',
  },
  SIDE_RECORD_MISSING: {
    class: 'permanent',
    message: 'The details behind an entry of the ledger are not in the sealed side store.',
    advice: 'They were erased, or lie with another organisation. The entry itself stays provable.',
  },
  SIDE_RECORD_DIFFERS: {
    class: 'permanent',
    message: 'The details in the sealed side store are not those that the ledger committed to.',
    advice: 'Somebody altered the store. Keep it as evidence and restore it from a backup.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ContractErrorCode = keyof typeof CONTRACT_ERRORS;

export class ContractError extends CodedError<ContractErrorCode> {
  constructor(code: ContractErrorCode, detail?: string, options?: ErrorOptions) {
    super(CONTRACT_ERRORS, code, detail, options);
    this.name = 'ContractError';
  }
}
