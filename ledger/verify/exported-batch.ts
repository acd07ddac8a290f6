// SPDX-License-Identifier: Apache-2.0
/** One batch of an export proof, each part decoded when a step first looks at it. Nothing here is believed: the steps do the checking. */
import { LedgerError } from '../errors.ts';
import { MemoryTree } from '../merkle/memory-tree.ts';
import type { Header } from '../record/header.ts';
import { batchLeafHash } from '../record/leaf.ts';
import { decodeLeafZero, type LeafZero } from '../record/leaf-zero.ts';
import type { ReadingTable } from '../record/reading-table.ts';
import { readTable } from '../record/table-reader.ts';
import { headerOf } from './checks.ts';
import type { VerifierCrypto } from './crypto.ts';
import type { ExportBatch } from './export-proof.ts';
import type { ExportRows } from './export-rows.ts';

export class ExportedBatch {
  readonly part: ExportBatch;
  readonly crypto: VerifierCrypto;
  readonly #rows: ExportRows;
  #header: Header | undefined;
  #leafZero: LeafZero | undefined;
  #readings: ReadingTable | undefined;

  constructor(part: ExportBatch, rows: ExportRows, crypto: VerifierCrypto) {
    this.part = part;
    this.#rows = rows;
    this.crypto = crypto;
  }

  get header(): Header {
    this.#header ??= headerOf(this.part.signedPart);
    return this.#header;
  }

  get leafZero(): LeafZero {
    this.#leafZero ??= decodeLeafZero(this.part.leafZero.bytes);
    return this.#leafZero;
  }

  get readings(): ReadingTable {
    this.#readings ??= readTable(this.#rows);
    return this.#readings;
  }

  get hasRisingLeaves(): boolean {
    return this.#rows.leaves.every((leaf, i) => i === 0 || leaf > this.#rows.leaves[i - 1]!);
  }

  /** Root over leaf 0, the rows in their places and the hidden leaves in the others. Throws PROOF_READING_NOT_IN_BATCH if they do not fit. */
  root(): Uint8Array {
    const { sha256 } = this.crypto;
    const size = this.leafZero.count + 1;
    if (1 + this.#rows.count + this.part.hidden.length !== size)
      throw new LedgerError('PROOF_READING_NOT_IN_BATCH', 'the batch has another number of readings');
    const leaves: Uint8Array[] = [batchLeafHash(sha256, this.part.leafZero.salt, 0, this.part.leafZero.bytes)];
    const hidden = this.part.hidden.values();
    // Leaves rise (`hasRisingLeaves`); one beyond the last, or two for one place, find no hidden ones to stand between.
    for (const [row, leaf] of this.#rows.leaves.entries()) {
      while (leaves.length < leaf) leaves.push(oneOf(hidden));
      if (leaf !== leaves.length) throw notItsLeaf();
      leaves.push(sha256(this.#rows.hashedBytes(row)));
    }
    while (leaves.length < size) leaves.push(oneOf(hidden));
    return new MemoryTree(sha256, leaves).root();
  }
}

function oneOf(hidden: Iterator<Uint8Array>): Uint8Array {
  const { value, done } = hidden.next();
  if (done) throw notItsLeaf();
  return value;
}

function notItsLeaf(): LedgerError {
  return new LedgerError('PROOF_READING_NOT_IN_BATCH', 'a leaf that the batch does not have');
}
