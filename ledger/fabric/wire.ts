// SPDX-License-Identifier: Apache-2.0
/**
 * What travels between our client and our chaincode on Fabric: the names of transactions, and the bytes of answers and events. A signed
 * command and the arguments and results of reads (ledger/contract/reads.ts) travel as they are. A refusal is an error of the chaincode,
 * whose text `parseRefusal` reads; only FORK, whose evidence must be committed, is an answer.
 */
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asText } from '../codec/fields.ts';
import type { ContractEvent } from '../contract/answer.ts';
import * as c from '../contract/codes.ts';
import { COMMAND_CODES, type Command } from '../contract/commands.ts';
import { code, fromCbor, record, text, toCbor } from '../contract/form.ts';
import type { Reply } from '../contract/host.ts';
import { LedgerError } from '../errors.ts';
import { FabricError } from './errors.ts';

/** Transaction. Argument: a signed command. Transient field SEALED, optional: the sealed details behind its commitment. */
export const SUBMIT = 'submit';
/** Query. Arguments: name of the read, canonical CBOR of its arguments. Result: canonical CBOR. */
export const READ = 'read';
/** Transaction. Argument: a commitment of 32 bytes. Removes the sealed details behind it that the caller's organisation put there. */
export const PURGE = 'purge';
/** Query. Arguments: MSP id of who put them there, commitment. Result: the sealed details, empty if there are none. */
export const OPEN = 'open';
/** The transient field, and the private collection. */
export const SEALED = 'sealed';
/** Attributes in a caller's certificate. The role is `admin` or `gateway`; the device id is in hex. */
export const ATTRIBUTES = { role: 'role', device: 'deviceId' } as const;

/**
 * The commitment whose sealed details may travel with a command. A consent's grantor is not among them: the person stays with the
 * organisation that knows her.
 */
export function sealedCommitment(command: Command): Uint8Array | undefined {
  if ('details' in command) return command.details;
  if ('scope' in command) return command.scope;
  return 'contacts' in command ? command.contacts : undefined;
}

const KINDS: readonly Reply['kind'][] = ['accepted', 'already', 'refused'];
const MAX_TEXT_CHARACTERS = 10_000;

/** `[kind]`, or `['refused', code, detail]`. */
export function encodeReply({ kind, code: refusal, detail }: Reply): Uint8Array {
  return encodeCbor(kind === 'refused' ? [kind, refusal ?? '', detail ?? ''] : [kind]);
}

/** Throws FABRIC_ANSWER_MALFORMED. */
export function decodeReply(bytes: Uint8Array): Reply {
  const parts = asArray(canonical(bytes), malformed, 3).map((part) => asText(part, malformed, MAX_TEXT_CHARACTERS));
  const kind = KINDS.find((known) => known === parts[0]);
  if (kind === undefined || parts.length !== (kind === 'refused' ? 3 : 1)) throw malformed('an answer is expected');
  return kind === 'refused' ? { kind, code: parts[1]!, detail: parts[2]! } : { kind };
}

const EVENT = record({
  type: [1, code({ ...COMMAND_CODES, fork: 255 })],
  id: [2, text(32, /^[0-9a-f]{32}$/)],
  originHash: [3, text(64, /^[0-9a-f]{64}$/), 'optional'],
  size: [4, c.SIZE, 'optional'],
});

/** Payload of the one event of a transaction; its name is the event's type. */
export function encodeEvent(event: ContractEvent): Uint8Array {
  return encodeCbor(toCbor(EVENT, event));
}

/** Throws FABRIC_ANSWER_MALFORMED. */
export function decodeEvent(bytes: Uint8Array): ContractEvent {
  return fromCbor(EVENT, canonical(bytes), malformed);
}

function canonical(bytes: Uint8Array) {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    if (error instanceof LedgerError) throw new FabricError('FABRIC_ANSWER_MALFORMED', 'CBOR', { cause: error });
    throw error;
  }
}

function malformed(detail: string): FabricError {
  return new FabricError('FABRIC_ANSWER_MALFORMED', detail);
}
