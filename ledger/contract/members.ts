// SPDX-License-Identifier: Apache-2.0
/** Organisations and their gateways. */
import { refused } from './answer.ts';
import { change, type Handler } from './handler.ts';
import { ID_BYTES } from './signed-command.ts';
import { DEVICE_VALUE, KEYS, load, ORG_VALUE, writeOf } from './state.ts';

export const registerOrg: Handler<'registerOrg'> = ({ state, command }) => {
  const { org, adminKey, logKeys, pseudonymScheme, contacts, version } = command;
  const held = load(state, ORG_VALUE, KEYS.org(org))?.version ?? 0;
  if (version !== held + 1) return refused('STALE', String(held));
  return change([writeOf(ORG_VALUE, KEYS.org(org), { adminKey, logKeys, pseudonymScheme, contacts, version })]);
};

export const registerDevice: Handler<'registerDevice'> = ({ state, command, crypto }) => {
  const { org: owner, publicKey, validFrom, validTo, attestation } = command;
  const device = crypto.sha256(publicKey).slice(0, ID_BYTES);
  const key = KEYS.device(device);
  if (state.get(key)) return refused('CONFLICT', 'the gateway is registered');
  if (validFrom >= validTo) return refused('COMMAND_MALFORMED', 'it ends before it begins');
  const value = { device, owner, publicKey, status: 'active', validFrom, validTo, attestation } as const;
  return change([writeOf(DEVICE_VALUE, key, value)]);
};

export const rotateDeviceKey: Handler<'rotateDeviceKey'> = ({ state, command: { target, publicKey } }) => {
  const device = load(state, DEVICE_VALUE, KEYS.device(target));
  if (!device) return refused('NOT_FOUND', 'the gateway');
  if (device.status === 'retired') return refused('CONFLICT', 'the gateway is retired');
  return change([writeOf(DEVICE_VALUE, KEYS.device(target), { ...device, publicKey })]);
};

/** Retired is for good: the key may be in other hands. */
export const setDeviceStatus: Handler<'setDeviceStatus'> = ({ state, command: { target, status } }) => {
  const device = load(state, DEVICE_VALUE, KEYS.device(target));
  if (!device) return refused('NOT_FOUND', 'the gateway');
  if (device.status === status) return { kind: 'already' };
  if (device.status === 'retired') return refused('CONFLICT', 'the gateway is retired');
  return change([writeOf(DEVICE_VALUE, KEYS.device(target), { ...device, status })]);
};
