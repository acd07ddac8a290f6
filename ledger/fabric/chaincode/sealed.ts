// SPDX-License-Identifier: Apache-2.0
/**
 * The private collection: sealed details behind commitments, under the organisation that put them there. So nobody can replace or remove
 * those of another by naming its commitment in a command of one's own. The peers keep them; of a purge only the hash of the sealed bytes
 * stays, in old blocks.
 */
import { equalBytes } from '../../codec/bytes.ts';
import { bytesToHex } from '../../codec/hex.ts';
import type { Caller } from '../../contract/apply.ts';
import type { Command } from '../../contract/commands.ts';
import { ContractError } from '../../contract/errors.ts';
import { DEVICE_VALUE, decodeValue, KEYS } from '../../contract/state.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { SEALED, sealedCommitment } from '../wire.ts';
import type { Stub } from './stub.ts';

/** Details of an access or a consent have some hundred bytes, those of an erasure with 1,000 keys 17 kB. */
const MAX_SEALED_BYTES = 65_536;
const COMMITMENT_BYTES = 32;

/** Keeps what came with an accepted command. Throws COMMAND_MALFORMED, and CONFLICT if other bytes lie under the commitment. */
export async function keepSealed(stub: Stub, command: Command): Promise<void> {
  const sealed = stub.getTransient().get(SEALED);
  if (!sealed) return;
  const commitment = sealedCommitment(command);
  if (!commitment || sealed.length === 0 || sealed.length > MAX_SEALED_BYTES)
    throw new ContractError('COMMAND_MALFORMED', 'sealed details that the command has no place for');
  const key = keyOf(command.org, commitment);
  // The hash is known to every endorser; the value is not, to those outside the collection.
  const held = await stub.getPrivateDataHash(SEALED, key);
  if (held.length > 0 && !equalBytes(held, nodeCrypto.sha256(sealed)))
    throw new ContractError('CONFLICT', 'other sealed details under the commitment');
  await stub.putPrivateData(SEALED, key, sealed);
}

/** What an organisation put there, empty if nothing; only members of the collection get it. */
export async function openSealed(stub: Stub, org: string, commitment?: Uint8Array): Promise<Uint8Array> {
  return stub.getPrivateData(SEALED, keyOf(org, commitment));
}

/** Removes from every peer what the caller's organisation put there. Throws SENDER_INACTIVE for a gateway that is not active. */
export async function purgeSealed(stub: Stub, caller: Caller, commitment?: Uint8Array): Promise<undefined> {
  if (caller.device) {
    const held = await stub.getState(KEYS.device(caller.device));
    const device = held.length > 0 ? decodeValue(DEVICE_VALUE, Uint8Array.from(held)) : undefined;
    if (device?.owner !== caller.org || device.status !== 'active')
      throw new ContractError('SENDER_INACTIVE', device?.status ?? 'not registered');
  }
  await stub.purgePrivateData(SEALED, keyOf(caller.org, commitment));
}

function keyOf(org: string, commitment: Uint8Array = new Uint8Array()): string {
  if (commitment.length !== COMMITMENT_BYTES) throw new ContractError('COMMAND_MALFORMED', 'a commitment is expected');
  return `${org}~${bytesToHex(commitment)}`;
}
