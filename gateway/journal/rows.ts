// SPDX-License-Identifier: Apache-2.0
/** What the journal keeps, row by row: readings with their raw bytes, and gaps. Sealed a group at a time. */
import {
  asArray,
  asBytes,
  asInteger,
  type CborValue,
  decodeCbor,
  decodeGap,
  encodeCbor,
  encodeGap,
  type Gap,
  LedgerError,
} from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';

/** An accepted reading: the stay it belongs to (32 hex digits), its canonical bytes, and the bytes as received. */
export interface ReadingRow {
  readonly kind: 'reading';
  readonly stay: string;
  readonly bytes: Uint8Array;
  readonly raw: Uint8Array;
}
/** Missing readings, with the evidence. */
export interface GapRow {
  readonly kind: 'gap';
  readonly stay: string;
  readonly boot: string;
  readonly gap: Gap;
}
export type JournalRow = ReadingRow | GapRow;

const READING = 0;
const GAP = 1;
/** Most rows in one group: what the main loop collects in one interval at the highest rate, with room. */
export const MAX_GROUP_ROWS = 8192;
const MAX_ROW_BYTES = 16 * 1024;
/** The decoder takes no more (ledger/codec/cbor.ts). */
const MAX_ENCODED_BYTES = 1024 * 1024;

/** Throws RangeError for what `decodeRows` would not take: a group that cannot be read back must never be written. */
export function encodeRows(rows: readonly JournalRow[]): Uint8Array {
  const bytes = encodeCbor(rows.map(encodeRow));
  if (rows.length > MAX_GROUP_ROWS || bytes.length > MAX_ENCODED_BYTES)
    throw new RangeError(`a group of ${rows.length} rows and ${bytes.length} bytes`);
  return bytes;
}

/** Reads the rows of a group; throws JOURNAL_DAMAGED, for nothing but damage can make them unreadable once unsealed. */
export function decodeRows(bytes: Uint8Array): JournalRow[] {
  return asArray(decodeOwn(bytes, damaged), damaged, MAX_GROUP_ROWS).map(decodeRow);
}

/** Decodes what this journal wrote; what is no CBOR is the error that `refuse` makes. */
export function decodeOwn(bytes: Uint8Array, refuse: (detail: string) => GatewayError): CborValue {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    throw refuse(error instanceof LedgerError ? error.code : String(error));
  }
}

function encodeRow(row: JournalRow): CborValue {
  const stay = Buffer.from(row.stay, 'hex');
  if (row.kind === 'reading') return [READING, stay, row.bytes, row.raw];
  return [GAP, stay, Buffer.from(row.boot, 'hex'), encodeGap(row.gap)];
}

function decodeRow(value: CborValue): JournalRow {
  const parts = asArray(value, damaged, 4);
  const stay = hex(asBytes(parts[1], damaged, { length: 16 }));
  if (asInteger(parts[0], damaged, READING, GAP) === GAP) {
    const boot = hex(asBytes(parts[2], damaged, { length: 8 }));
    return { kind: 'gap', stay, boot, gap: decodeGap(parts[3] ?? null, damaged) };
  }
  const bytes = asBytes(parts[2], damaged, { maxLength: MAX_ROW_BYTES });
  return { kind: 'reading', stay, bytes, raw: asBytes(parts[3], damaged, { maxLength: MAX_ROW_BYTES }) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function damaged(detail: string): GatewayError {
  return new GatewayError('JOURNAL_DAMAGED', detail);
}
