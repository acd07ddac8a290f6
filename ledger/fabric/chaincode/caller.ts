// SPDX-License-Identifier: Apache-2.0
/** Who handed a transaction in: the peer has verified the certificate, here it is read. */
import shim from 'fabric-shim';
import { hexToBytes } from '../../codec/hex.ts';
import type { Caller } from '../../contract/apply.ts';
import { ContractError } from '../../contract/errors.ts';
import { ATTRIBUTES } from '../wire.ts';
import type { Stub } from './stub.ts';

/** Throws CALLER_REFUSED for a certificate without the attributes of an administrator or a gateway. */
export function callerOf(stub: Stub): Caller {
  const identity = new shim.ClientIdentity(stub as never);
  const org = identity.getMSPID();
  const role = identity.getAttributeValue(ATTRIBUTES.role);
  if (role === 'admin') return { org, role };
  const device = identity.getAttributeValue(ATTRIBUTES.device) ?? '';
  if (role !== 'gateway' || !/^[0-9a-f]{32}$/.test(device))
    throw new ContractError('CALLER_REFUSED', 'a certificate without a role');
  return { org, role, device: hexToBytes(device) };
}
