// SPDX-License-Identifier: Apache-2.0
/** What a peer decides of each transaction of a block: its validation code. */
import { peer } from '@hyperledger/fabric-protos';
import type { Membership } from './membership.ts';
import { type Policy, parsePolicy, VALIDATION_PARAMETER } from './policy.ts';
import { transactionId } from './proposal.ts';
import type { ReadWriteSet } from './read-write-set.ts';
import type { Transaction } from './transaction.ts';
import { cellOf, conflictOf, type WorldState } from './world-state.ts';

const { TxValidationCode } = peer;
export type ValidationCode = (typeof TxValidationCode)[keyof typeof TxValidationCode];

export interface Validation {
  readonly state: WorldState;
  readonly members: Membership;
  readonly chaincodePolicy: Policy;
  /** Whether a transaction of this id stands in the ledger, or earlier in the block. */
  readonly has: (txId: string) => boolean;
}

/** In the order of Fabric: form and signatures, duplicates, endorsement, and last whether what was read is still true. */
export function validate(
  transaction: Transaction,
  { state, members, chaincodePolicy, has }: Validation,
): ValidationCode {
  const { txId, nonce, creator, endorsements, set } = transaction;
  if (members.refusal(transaction)) return TxValidationCode.BAD_CREATOR_SIGNATURE;
  if (txId !== transactionId(nonce, creator)) return TxValidationCode.BAD_PROPOSAL_TXID;
  if (has(txId)) return TxValidationCode.DUPLICATE_TXID;
  const signers = new Set(
    endorsements.filter((signed) => !members.refusal(signed)).map((signed) => members.orgOf(signed.creator)),
  );
  const policies = policiesOf(state, set, chaincodePolicy);
  if (!policies.every((policy) => policy.isMetBy(signers))) return TxValidationCode.ENDORSEMENT_POLICY_FAILURE;
  const conflict = conflictOf(state, set);
  return conflict ? TxValidationCode[conflict] : TxValidationCode.VALID;
}

/** The policies of the keys that are written, and that of the chaincode for keys without one, or if nothing is written. */
export function policiesOf(state: WorldState, set: ReadWriteSet, chaincodePolicy: Policy): readonly Policy[] {
  const written = [...set].flatMap(([space, { writes, metadata }]) =>
    [...writes, ...metadata].map(({ key }) => cellOf(state, space, key)?.metadata.get(VALIDATION_PARAMETER)),
  );
  const own = written.filter((bytes) => bytes !== undefined).map(parsePolicy);
  return own.length === 0 || own.length < written.length ? [...own, chaincodePolicy] : own;
}
