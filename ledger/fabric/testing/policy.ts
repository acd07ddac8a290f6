// SPDX-License-Identifier: Apache-2.0
/** Endorsement policies of keys, as `KeyEndorsementPolicy` of fabric-shim writes them: so many of these organisations must sign. */
import { common, msp } from '@hyperledger/fabric-protos';

/** The name of the metadata under which Fabric keeps the policy of a key. */
export const VALIDATION_PARAMETER = 'VALIDATION_PARAMETER';

export interface Policy {
  isMetBy(signers: ReadonlySet<string>): boolean;
  /** Everybody that it names. */
  readonly orgs: readonly string[];
}

/** A policy that wants all of these. */
export function allOf(orgs: readonly string[]): Policy {
  return { orgs, isMetBy: (signers) => orgs.every((org) => signers.has(org)) };
}

export function parsePolicy(bytes: Uint8Array): Policy {
  const envelope = common.SignaturePolicyEnvelope.deserializeBinary(bytes);
  const orgs = envelope
    .getIdentitiesList()
    .map((principal) => msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8()).getMspIdentifier());
  const rule = envelope.getRule();
  return { orgs, isMetBy: (signers) => rule !== undefined && isMet(rule, orgs, signers) };
}

function isMet(rule: common.SignaturePolicy, orgs: readonly string[], signers: ReadonlySet<string>): boolean {
  const some = rule.getNOutOf();
  if (!some) return signers.has(orgs[rule.getSignedBy()] ?? '');
  return some.getRulesList().filter((part) => isMet(part, orgs, signers)).length >= some.getN();
}
