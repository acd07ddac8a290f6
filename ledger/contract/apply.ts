// SPDX-License-Identifier: Apache-2.0
/**
 * The contract: a state and a signed command give what is to be written, or why not. Pure, so the two hosts (Fabric's chaincode and the
 * embedded ledger) cannot differ. The order of checks: known already, time, sender, signature, rules, then the command's own function.
 */
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { anchorWith, extendsByProof, openLog } from './anchors.ts';
import { ALREADY, type Answer, type Refused, refused } from './answer.ts';
import { attributesOf } from './attributes.ts';
import type { Command } from './commands.ts';
import { grantConsent, publishKeyGrant, revokeConsent } from './consents.ts';
import type { Handler, Handlers } from './handler.ts';
import { registerDevice, registerOrg, rotateDeviceKey, setDeviceStatus } from './members.ts';
import { logAccess, recordCorrection, recordErasure, withdrawCorrection } from './records.ts';
import { permitted, RULES } from './rules.ts';
import type { SignedCommand } from './signed-command.ts';
import { DEVICE_VALUE, KEYS, load, ORG_VALUE, type ReadState } from './state.ts';

/** Who handed the command in, as the host knows it: on Fabric by certificate, embedded by the signature alone. */
export interface Caller {
  readonly org: string;
  readonly role: 'admin' | 'gateway';
  /** 16 bytes; a gateway has it. */
  readonly device?: Uint8Array;
}

export interface Context {
  readonly caller: Caller;
  /** The host's time. Clients of Fabric set it, so it only bounds what a command may claim; it never ends anything. */
  readonly nowMs: number;
  readonly crypto: VerifierCrypto;
}

/** Clocks of gateways may be so far ahead of the host's. The past is not bounded: a gateway may have been offline for long. */
const MAX_AHEAD_MS = 10 * 60 * 1000;

export const HANDLERS: Handlers = {
  registerOrg,
  registerDevice,
  rotateDeviceKey,
  setDeviceStatus,
  openLog,
  anchorCheckpoint: anchorWith(extendsByProof),
  grantConsent,
  revokeConsent,
  publishKeyGrant,
  logAccess,
  recordErasure,
  recordCorrection,
  withdrawCorrection,
};

/** Judges one command. The host writes what the answer says, also what a FORK says, and nothing else. */
export function apply(state: ReadState, signed: SignedCommand, context: Context): Answer {
  return applyWith(HANDLERS, state, signed, context);
}

/** `apply` with other functions for the commands: the tests put faulty ones in and look whether they are caught. */
export function applyWith(handlers: Handlers, state: ReadState, signed: SignedCommand, context: Context): Answer {
  const { command, id } = signed;
  const trace = traceOf(command, id);
  if (state.get(trace)) return ALREADY;
  const refusal = senderRefusal(state, signed, context) ?? ruleRefusal(state, command, context);
  if (refusal) return refusal;
  const handler = handlers[command.type] as Handler<Command['type']>;
  const outcome = handler({ state, command, signed, crypto: context.crypto } as never);
  if (outcome.kind !== 'change') return outcome;
  const traced = outcome.writes.some(({ key }) => key === trace);
  return {
    kind: 'accepted',
    writes: traced ? outcome.writes : [...outcome.writes, { key: trace, value: TRACE }],
    event: { type: command.type, id: bytesToHex(id), ...outcome.event },
  };
}

/** A CBOR null: that the key is there says all. */
const TRACE = Uint8Array.of(0xf6);

/** The key that an accepted command leaves: no signed command ever takes effect twice. */
function traceOf(command: Command, id: Uint8Array): string {
  switch (command.type) {
    case 'logAccess':
      return command.basis === 'emergency' || command.decision === 'denied' ? KEYS.incident(id) : KEYS.access(id);
    case 'recordErasure':
      return KEYS.incident(id);
    case 'recordCorrection':
      return KEYS.correction(id);
    default:
      return KEYS.command(id);
  }
}

function senderRefusal(
  state: ReadState,
  signed: SignedCommand,
  { caller, nowMs, crypto }: Context,
): Refused | undefined {
  const { command, message, signature } = signed;
  if (command.at > nowMs + MAX_AHEAD_MS) return refused('TIME_AHEAD', `${command.at - nowMs} ms`);
  if (!isCaller(caller, command)) return refused('CALLER_REFUSED', 'another organisation, role or gateway');
  const key = command.device ? gatewayKey(state, command, command.device) : adminKey(state, command);
  if ('kind' in key) return key;
  if (!crypto.ed25519Verify(key, message, signature)) return refused('COMMAND_SIGNATURE', 'by another key');
  return undefined;
}

function isCaller(caller: Caller, { org, device }: Command): boolean {
  if (caller.org !== org || caller.role !== (device ? 'gateway' : 'admin')) return false;
  return !device || (caller.device !== undefined && equalBytes(caller.device, device));
}

function gatewayKey(state: ReadState, { org, at }: Command, device: Uint8Array): Uint8Array | Refused {
  const held = load(state, DEVICE_VALUE, KEYS.device(device));
  if (held?.owner !== org) return refused('NOT_FOUND', 'the gateway that signed');
  const isValid = held.status === 'active' && at >= held.validFrom && at < held.validTo;
  return isValid ? held.publicKey : refused('SENDER_INACTIVE', held.status);
}

/** The first registration of an organisation is signed by the key that it brings; who may make it, the host's members say. */
function adminKey(state: ReadState, command: Command): Uint8Array | Refused {
  const held = load(state, ORG_VALUE, KEYS.org(command.org))?.adminKey;
  return (
    held ?? (command.type === 'registerOrg' ? command.adminKey : refused('NOT_FOUND', 'the organisation that signed'))
  );
}

function ruleRefusal(state: ReadState, command: Command, { crypto }: Context): Refused | undefined {
  const attributes = attributesOf(state, command, crypto.sha256);
  if ('kind' in attributes) return attributes;
  const rules = RULES[command.type];
  if (permitted(rules, attributes)) return undefined;
  // Under a live consent it would have been permitted: so it is the consent, and the reader learns that.
  const dead = attributes.time !== 'none' && permitted(rules, { ...attributes, time: 'live' });
  return dead ? refused('CONSENT_NOT_LIVE', attributes.time) : refused('NOT_PERMITTED', command.type);
}
