// SPDX-License-Identifier: Apache-2.0
/** The door of the ledger floor: everything the floors above may use. */
export {
  CodedError,
  type ErrorClass,
  type ErrorEntry,
  LEDGER_ERRORS,
  LedgerError,
  type LedgerErrorCode,
} from './errors.ts';
