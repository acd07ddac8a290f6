// SPDX-License-Identifier: Apache-2.0
/**
 * Whose keys are whose. The chaincode's own policy wants a majority of the organisations on every transaction; a key of an organisation,
 * its gateways, logs and consents wants that organisation's peer as well. So no majority of others, with whatever chaincode they run, can
 * change the keys of a member, move the head of its log, or revive a consent that it took back.
 *
 * A policy on a key stands in place of the chaincode's, but each command also writes a key that has none (its trace): both hold.
 */
import shim from 'fabric-shim';
import { CONSENT_VALUE, DEVICE_VALUE, decodeValue, LOG_VALUE, type Write } from '../../contract/state.ts';

const OWNERS: Readonly<Record<string, (write: Write) => string>> = {
  org: ({ key }) => key.slice('org~'.length),
  dev: ({ value }) => decodeValue(DEVICE_VALUE, value).owner,
  log: ({ value }) => decodeValue(LOG_VALUE, value).owner,
  con: ({ value }) => decodeValue(CONSENT_VALUE, value).org,
};

/** The endorsement policy of a key that belongs to one organisation; undefined for all others. An owner never changes. */
export function ownerPolicy(write: Write): Uint8Array | undefined {
  const owner = OWNERS[write.key.slice(0, write.key.indexOf('~'))]?.(write);
  if (owner === undefined) return undefined;
  const policy = new shim.KeyEndorsementPolicy();
  // A peer, not a member: a member is also every client, and a client could sign an endorsement of its own.
  policy.addOrgs('PEER', owner);
  return policy.getPolicy();
}
