// SPDX-License-Identifier: Apache-2.0
/**
 * A batch: leaf 0, then one salted leaf a reading, in one RFC 6962 tree; and the plaintext that is sealed:
 * u32 length || CBOR[batch secret, columns with leaf 0] || zeros up to a multiple of the padding (docs/formats.md, "Batch").
 */
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes } from '../codec/fields.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';
import { MemoryTree } from '../merkle/memory-tree.ts';
import { BatchLeaves, type OpenLeaf, readingWriter } from './batch-leaves.ts';
import { type Columns, openColumns, packColumns, tableOf } from './columns.ts';
import { decodeLeafZero, encodeLeafZero, type LeafZero } from './leaf-zero.ts';
import type { RecordReading } from './reading-codec.ts';
import { readingAt } from './reading-table.ts';

/** A reading with its canonical bytes, so that nothing is encoded twice on the hot path. */
export interface EncodedReading {
  readonly reading: RecordReading;
  readonly bytes: Uint8Array;
}

/** One leaf with what it takes to prove it. */
export interface ProvenLeaf extends OpenLeaf {
  readonly path: readonly Uint8Array[];
}

export interface OpenedBatch {
  readonly leafZero: LeafZero;
  readonly readings: readonly RecordReading[];
  /** Leaf `index`: 0 is leaf 0, reading i of `readings` is i + 1. */
  leaf(index: number): OpenLeaf;
  /** The same with its path. */
  prove(index: number): ProvenLeaf;
}

const BATCH_SECRET_BYTES = 32;
const MAX_PLAINTEXT_BYTES = 512 * 1024;

/** Builds the tree's root and the padded plaintext. `batchSecret` is 32 random bytes, used for this batch only. */
export function buildBatch(
  leafZero: LeafZero,
  readings: readonly EncodedReading[],
  batchSecret: Uint8Array,
  paddingBytes: number,
): { root: Uint8Array; plaintext: Uint8Array } {
  const leafZeroBytes = encodeLeafZero(leafZero);
  const leaves = new BatchLeaves(batchSecret, leafZeroBytes, readings.length);
  const hashes = leaves.hashes((leaf, at, i) => {
    leaf.set(readings[i]!.bytes, at);
    return at + readings[i]!.bytes.length;
  });
  const root = new MemoryTree(sha256, hashes).root();
  const columns = packColumns(
    leafZeroBytes,
    readings.map((r) => r.reading),
  );
  const body = encodeCbor([batchSecret, columns]);
  const plaintext = Buffer.alloc(Math.ceil((4 + body.length) / paddingBytes) * paddingBytes);
  plaintext.writeUInt32BE(body.length);
  plaintext.set(body, 4);
  return { root, plaintext };
}

/** Opens a plaintext and checks every leaf against the root of the header; throws BATCH_MALFORMED. */
export function openBatch(plaintext: Uint8Array, root: Uint8Array): OpenedBatch {
  const { batchSecret, columns, leafZero } = openParts(plaintext);
  const table = tableOf(columns);
  const leaves = new BatchLeaves(batchSecret, columns.leafZero, table.count);
  const write = readingWriter(table);
  const tree = new MemoryTree(sha256, leaves.hashes(write));
  if (!Buffer.from(tree.root()).equals(root)) throw malformed('the readings do not hash to the root of the header');
  const leaf = (index: number) => leaves.leaf(index, write);
  const readings = Array.from({ length: table.count }, (_, i) => readingAt(table, i));
  return { leafZero, readings, leaf, prove: (index) => ({ ...leaf(index), path: tree.inclusionProof(index) }) };
}

/** What a batch says, in typed arrays, with no leaf hashed: see `openForDisplay`. */
export interface DisplayedBatch {
  readonly leafZero: LeafZero;
  readonly columns: Columns;
}

/** Opens a plaintext and checks its form, not its leaves; throws BATCH_MALFORMED. */
export function displayBatch(plaintext: Uint8Array): DisplayedBatch {
  const { columns, leafZero } = openParts(plaintext);
  return { columns, leafZero };
}

function openParts(plaintext: Uint8Array): DisplayedBatch & { readonly batchSecret: Uint8Array } {
  const parts = asArray(decodeCbor(unpadded(plaintext)), malformed, 2);
  const batchSecret = asBytes(parts[0], malformed, { length: BATCH_SECRET_BYTES });
  const columns = openColumns(asBytes(parts[1], malformed, { maxLength: MAX_PLAINTEXT_BYTES }));
  const leafZero = decodeLeafZero(columns.leafZero);
  if (leafZero.count !== columns.count) throw malformed('leaf 0 counts other readings');
  return { batchSecret, columns, leafZero };
}

function unpadded(plaintext: Uint8Array): Uint8Array {
  const view = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  const length = view.length >= 4 ? view.readUInt32BE(0) : Number.POSITIVE_INFINITY;
  if (4 + length > view.length || view.subarray(4 + length).some((byte) => byte !== 0))
    throw malformed('the padding is not its own');
  return view.subarray(4, 4 + length);
}

function malformed(detail: string): LedgerError {
  return new LedgerError('BATCH_MALFORMED', detail);
}
