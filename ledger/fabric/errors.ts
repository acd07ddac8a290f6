// SPDX-License-Identifier: Apache-2.0
/** What can go wrong on the way to a Fabric channel. What its contract refuses has the codes of ledger/contract/errors.ts. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const FABRIC_ERRORS = {
  FABRIC_CONNECTION_INVALID: {
    class: 'permanent',
    message: 'The connection file for Fabric is not of the published form.',
    advice: 'Ask the administrator of the organisation for a new one; docs/ledger.md lists its fields.',
  },
  FABRIC_ANSWER_MALFORMED: {
    class: 'permanent',
    message: 'The chaincode answered with bytes that are not of the published form.',
    advice: 'The chaincode on the peer is of another version than this program. Bring both to the same version.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type FabricErrorCode = keyof typeof FABRIC_ERRORS;

export class FabricError extends CodedError<FabricErrorCode> {
  constructor(code: FabricErrorCode, detail?: string, options?: ErrorOptions) {
    super(FABRIC_ERRORS, code, detail, options);
    this.name = 'FabricError';
  }
}
