// SPDX-License-Identifier: Apache-2.0
/**
 * A command as it travels: CBOR [command, signature]. The signature is of type "command" over the command's bytes; the id is the first
 * 16 bytes of SHA-256 over the whole, so the same bytes have the same id everywhere and other bytes another.
 */
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asMap } from '../codec/fields.ts';
import { typedMessage } from '../crypto/typed-message.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../merkle/hash.ts';
import { COMMAND_CODES, COMMANDS, type Command, type CommandType } from './commands.ts';
import { ContractError } from './errors.ts';
import { fromCbor, type RecordForm, toCbor } from './form.ts';

export interface SignedCommand {
  readonly command: Command;
  /** What the signature covers, its type in front. */
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** 16 bytes. */
  readonly id: Uint8Array;
}

/** Type of a log entry that holds a signed command. */
const COMMAND_ENTRY = 2;
export const ID_BYTES = 16;
/** An entry of the log has at most 65,535 bytes. */
const MAX_COMMAND_BYTES = 65_000;
const SIGNATURE_BYTES = 64;
const TYPE_KEY = 0;
const TYPES = new Map(Object.entries(COMMAND_CODES).map(([type, code]) => [code, type as CommandType]));

/** The bytes of a command, to be signed as type "command". */
function encodeCommand(command: Command): Uint8Array {
  return encodeCbor(commandToCbor(command));
}

/** Signs: `sign` gets what the signature covers and gives 64 bytes. */
export function signCommand(command: Command, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const signature = sign(typedMessage('command', encodeCommand(command)));
  return encodeCbor([commandToCbor(command), signature]);
}

/** Reads a signed command from outside. Proves nothing about who signed it. Throws COMMAND_MALFORMED only. */
export function decodeSignedCommand(bytes: Uint8Array, sha256: Sha256): SignedCommand {
  if (bytes.length > MAX_COMMAND_BYTES) throw malformed(`more than ${MAX_COMMAND_BYTES} bytes`);
  const [map, signature] = asArray(canonical(bytes), malformed, 2);
  return {
    command: commandFromCbor(map),
    message: typedMessage('command', encodeCbor(map!)),
    signature: asBytes(signature, malformed, { length: SIGNATURE_BYTES }),
    id: commandId(bytes, sha256),
  };
}

/** The id of a signed command: 16 bytes. */
export function commandId(signed: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(signed).slice(0, ID_BYTES);
}

/** The log entry [2, signed command]. */
export function commandEntry(signed: Uint8Array): Uint8Array {
  return encodeCbor([COMMAND_ENTRY, decodeCbor(signed)]);
}

/** The signed command in a log entry, or undefined if the entry is of another type. */
export function commandInEntry(entry: Uint8Array): Uint8Array | undefined {
  // Most entries are batches: the head of an array of two and the type tell them apart without decoding.
  if (entry[0] !== 0x82 || entry[1] !== COMMAND_ENTRY) return undefined;
  return entry.subarray(2);
}

function commandToCbor({ type, ...fields }: Command): CborValue {
  const form: RecordForm = COMMANDS[type];
  return new Map<number, CborValue>([
    [TYPE_KEY, COMMAND_CODES[type]],
    ...(toCbor(form, fields as never) as Map<number, CborValue>),
  ]);
}

function commandFromCbor(value: CborValue | undefined): Command {
  const map = new Map(asMap(value, malformed));
  const type = TYPES.get(asInteger(map.get(TYPE_KEY), malformed, 1, 255));
  if (type === undefined) throw malformed('a known command is expected');
  map.delete(TYPE_KEY);
  return { type, ...fromCbor(COMMANDS[type] as RecordForm, map, malformed) } as Command;
}

function canonical(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    if (error instanceof LedgerError) throw new ContractError('COMMAND_MALFORMED', 'not canonical', { cause: error });
    throw error;
  }
}

function malformed(detail: string): ContractError {
  return new ContractError('COMMAND_MALFORMED', detail);
}
