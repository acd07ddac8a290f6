// SPDX-License-Identifier: Apache-2.0
/**
 * What a failure on the way to Fabric means for the command that was under way. Decided by the name of the error, its gRPC code, and the
 * code of our own contract where a peer quotes it; never by other words. The test has the table that was measured on the real programs.
 */

import { parseRefusal, type RefusalCode } from '../contract/answer.ts';
import { FabricError } from './errors.ts';

export type Outcome =
  /** The contract refused. `byUs`: a peer of our own organisation says so; one of another may only be behind. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string; readonly byUs: boolean }
  /** Nothing was ordered: the same again, later. */
  | { readonly kind: 'transient' }
  /** It may be committed, now or later: look first. */
  | { readonly kind: 'ambiguous' }
  /** The same will fail again. */
  | { readonly kind: 'permanent'; readonly detail: string };

const TRANSIENT: Outcome = { kind: 'transient' };
const AMBIGUOUS: Outcome = { kind: 'ambiguous' };

/** gRPC status codes that a repetition does not mend: the peer does not understand us. */
const NOT_UNDERSTOOD = new Set([3 /* INVALID_ARGUMENT */, 12 /* UNIMPLEMENTED */]);

/** What fabric-gateway throws; `SubmitError` is no value that it exports, so the names have to do. */
interface ThrownByFabric extends Error {
  readonly code: number;
  readonly details?: readonly { readonly message: string; readonly mspId: string }[];
}

/** Reads an error of the client; `mspId` is our own organisation. Throws on what the client of Fabric does not throw: that is a bug. */
export function outcomeOf(error: unknown, mspId: string): Outcome {
  // A chaincode of another version: the command waits until both are of one.
  if (error instanceof FabricError && error.code === 'FABRIC_ANSWER_MALFORMED') return TRANSIENT;
  if (!isThrownByFabric(error)) throw error;
  switch (error.name) {
    case 'SubmitError':
    case 'CommitStatusError':
      // Also "connection refused": the peer asks another orderer by itself, and that one may have taken it.
      return AMBIGUOUS;
    case 'CommitError': {
      const outcome = outcomeOfStatus(error.code);
      return outcome.kind === 'committed' ? AMBIGUOUS : outcome;
    }
    default: {
      const refusal = refusalIn(error, mspId);
      if (refusal) return refusal;
      return NOT_UNDERSTOOD.has(error.code) ? { kind: 'permanent', detail: `gRPC code ${error.code}` } : TRANSIENT;
    }
  }
}

/** What the validation code of a transaction means (peer.TxValidationCode). Whatever it is but `ambiguous`, the envelope is used up. */
export function outcomeOfStatus(code: number): Outcome | { readonly kind: 'committed' } {
  switch (code) {
    case 0 /* VALID */:
      return { kind: 'committed' };
    case 9 /* DUPLICATE_TXID */:
      return AMBIGUOUS;
    case 11 /* MVCC_READ_CONFLICT */:
    case 12 /* PHANTOM_READ_CONFLICT */:
    case 17 /* EXPIRED_CHAINCODE */:
    case 18 /* CHAINCODE_VERSION_CONFLICT */:
      // What it was endorsed on is no longer so: endorsed again, it is judged by what is.
      return TRANSIENT;
    default:
      return { kind: 'permanent', detail: `validation code ${code}` };
  }
}

function refusalIn({ details = [] }: ThrownByFabric, mspId: string): Outcome | undefined {
  const refusals = details.flatMap((detail) => {
    const refusal = parseRefusal(detail.message);
    return refusal ? [{ ...refusal, byUs: detail.mspId === mspId }] : [];
  });
  const refusal = refusals.find(({ byUs }) => byUs) ?? refusals[0];
  return refusal && { kind: 'refused', ...refusal };
}

function isThrownByFabric(error: unknown): error is ThrownByFabric {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
