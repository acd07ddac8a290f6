// SPDX-License-Identifier: Apache-2.0
/**
 * The proof beside an exported CSV file, a line of text for each part (docs/formats.md, "Export proof"): head, corrections, then each batch
 * followed by its rows in the order of the file, then the end. The codec proves nothing; `verify-export.ts` does.
 */
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asText, type Refuse } from '../codec/fields.ts';
import { LedgerError } from '../errors.ts';
import { HASH_BYTES } from '../merkle/hash.ts';
import { MAX_READING_BYTES } from '../record/reading-codec.ts';
import { asCorrection, type CorrectionEvidence, correctionFields } from './correction-evidence.ts';
import type { CsvForm } from './csv.ts';
import { asHashes, joinedHashes } from './hash-list.ts';

export interface ExportHead {
  readonly form: CsvForm;
  readonly gateway: string;
  readonly gatewayKey: Uint8Array;
  /** The log key's over `gatewayKeyBytes`. */
  readonly endorsement: Uint8Array;
  /** The signed note that every log path of this file leads to. */
  readonly checkpoint: string;
}

export interface ExportBatch {
  /** Of its entry in the log: outbox number - 1. */
  readonly logIndex: number;
  readonly logPath: readonly Uint8Array[];
  /** S = CBOR[header, SHA-256(nonce || ciphertext)], and the gateway's signature over it. */
  readonly signedPart: Uint8Array;
  readonly signature: Uint8Array;
  readonly leafZero: { readonly bytes: Uint8Array; readonly salt: Uint8Array };
  /** Hashes of the leaves that are not in the file, in the order of the batch. They tell nothing: every leaf is salted. */
  readonly hidden: readonly Uint8Array[];
}

/** One row of the CSV file. */
export interface ExportRow {
  /** 1 or more: leaf 0 is the batch's own. */
  readonly leaf: number;
  readonly salt: Uint8Array;
  /** Canonical CBOR of the reading. */
  readonly bytes: Uint8Array;
}

export interface ExportEnd {
  readonly rows: number;
  readonly csvSha256: Uint8Array;
}

export type ExportPart =
  | { readonly kind: 'head'; readonly head: ExportHead }
  | { readonly kind: 'correction'; readonly correction: CorrectionEvidence }
  | { readonly kind: 'batch'; readonly batch: ExportBatch }
  | { readonly kind: 'row'; readonly row: ExportRow }
  | { readonly kind: 'end'; readonly end: ExportEnd };

export const EXPORT_FIRST_LINE = 'lamplight/export-proof@v1';
const MAX_LINE_CHARS = 1.5 * 1024 * 1024;
const MAX_NOTE_CHARS = 16 * 1024;
const MAX_NAME_CHARS = 64;
const MAX_LOG_PATH = 53;
export const MAX_LEAVES = 65_536;
const MAX_LEAF_ZERO_BYTES = 256 * 1024;
const MAX_HIDDEN = 16 * 1024;
const MAX_SIGNED_PART_BYTES = 512;
const PROFILES = ['machine', 'excel'] as const;
const DELIMITERS = [',', ';'] as const;
const DECIMAL_MARKS = ['.', ','] as const;

/** The line of a part, without its line end. */
export function encodeExportPart(part: ExportPart): string {
  return `${part.kind} ${bytesToBase64(encodeCbor(fieldsOf(part)))}`;
}

/** Parses one line after the first; throws PROOF_EXPORT_MALFORMED. */
export function parseExportPart(line: string): ExportPart {
  if (line.length > MAX_LINE_CHARS) throw malformed('a line that is too long');
  const space = line.indexOf(' ');
  const word = line.slice(0, Math.max(0, space));
  const bytes = base64ToBytes(line.slice(space + 1));
  if (!bytes) throw malformed('a line that is not a word and base64');
  const fields = asArray(decoded(bytes), malformed, 9);
  switch (word) {
    case 'head':
      return { kind: 'head', head: headOf(fields) };
    case 'correction':
      return { kind: 'correction', correction: asCorrection(fields, malformed) };
    case 'batch':
      return { kind: 'batch', batch: batchOf(fields) };
    case 'row':
      return { kind: 'row', row: rowOf(fields) };
    case 'end':
      return { kind: 'end', end: endOf(fields) };
    default:
      throw malformed('an unknown part');
  }
}

function fieldsOf(part: ExportPart): readonly CborValue[] {
  switch (part.kind) {
    case 'head': {
      const { form, gateway, gatewayKey, endorsement, checkpoint } = part.head;
      const { profile, delimiter, decimalMark, timeZone } = form;
      return [profile, delimiter, decimalMark, timeZone, gateway, gatewayKey, endorsement, checkpoint];
    }
    case 'correction':
      return correctionFields(part.correction);
    case 'batch': {
      const { logIndex, logPath, signedPart, signature, leafZero, hidden } = part.batch;
      return [
        logIndex,
        joinedHashes(logPath),
        signedPart,
        signature,
        leafZero.bytes,
        leafZero.salt,
        joinedHashes(hidden),
      ];
    }
    case 'row':
      return [part.row.leaf, part.row.salt, part.row.bytes];
    case 'end':
      return [part.end.rows, part.end.csvSha256];
  }
}

function headOf(fields: readonly CborValue[]): ExportHead {
  const [profile, delimiter, decimalMark, timeZone, gateway, gatewayKey, endorsement, checkpoint] = of(8, fields);
  return {
    form: {
      profile: oneOf(PROFILES, profile),
      delimiter: oneOf(DELIMITERS, delimiter),
      decimalMark: oneOf(DECIMAL_MARKS, decimalMark),
      timeZone: asText(timeZone, malformed, MAX_NAME_CHARS),
    },
    gateway: asText(gateway, malformed, MAX_NAME_CHARS),
    gatewayKey: asBytes(gatewayKey, malformed, { length: 32 }),
    endorsement: asBytes(endorsement, malformed, { length: 64 }),
    checkpoint: asText(checkpoint, malformed, MAX_NOTE_CHARS),
  };
}

function batchOf(fields: readonly CborValue[]): ExportBatch {
  const [logIndex, logPath, signedPart, signature, leafZero, salt, hidden] = of(7, fields);
  return {
    logIndex: asInteger(logIndex, malformed, 0, Number.MAX_SAFE_INTEGER),
    logPath: asHashes(logPath, malformed, MAX_LOG_PATH),
    signedPart: asBytes(signedPart, malformed, { maxLength: MAX_SIGNED_PART_BYTES }),
    signature: asBytes(signature, malformed, { length: 64 }),
    leafZero: {
      bytes: asBytes(leafZero, malformed, { maxLength: MAX_LEAF_ZERO_BYTES }),
      salt: asBytes(salt, malformed, { length: 16 }),
    },
    hidden: asHashes(hidden, malformed, MAX_HIDDEN),
  };
}

function rowOf(fields: readonly CborValue[]): ExportRow {
  const [leaf, salt, bytes] = of(3, fields);
  return {
    leaf: asInteger(leaf, malformed, 1, MAX_LEAVES),
    salt: asBytes(salt, malformed, { length: 16 }),
    bytes: asBytes(bytes, malformed, { maxLength: MAX_READING_BYTES }),
  };
}

function endOf(fields: readonly CborValue[]): ExportEnd {
  const [rows, csvSha256] = of(2, fields);
  return {
    rows: asInteger(rows, malformed, 0, Number.MAX_SAFE_INTEGER),
    csvSha256: asBytes(csvSha256, malformed, { length: HASH_BYTES }),
  };
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes);
  } catch (cause) {
    throw new LedgerError('PROOF_EXPORT_MALFORMED', 'a line that is not canonical CBOR', { cause });
  }
}

function of(length: number, fields: readonly CborValue[]): readonly CborValue[] {
  if (fields.length !== length) throw malformed(`a part of ${length} fields is expected`);
  return fields;
}

function oneOf<T extends string>(known: readonly T[], value: CborValue | undefined): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw malformed('an unknown form of the CSV file');
  return found;
}

const malformed: Refuse = (detail) => new LedgerError('PROOF_EXPORT_MALFORMED', detail);
