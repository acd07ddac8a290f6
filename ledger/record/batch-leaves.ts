// SPDX-License-Identifier: Apache-2.0
/** The leaves of a batch: leaf 0 and one a reading, each with its salt, written one after the other into the same array and hashed there. */
import { countedHmacs } from '../crypto/counted-hmac.ts';
import { sha256 } from '../crypto/sha256.ts';
import { HASH_BYTES } from '../merkle/hash.ts';
import { batchLeafHash, LEAF_HEAD_BYTES_MAX, SALT_BYTES, writeLeafHead } from './leaf.ts';
import { encodeReading, MAX_READING_BYTES } from './reading-codec.ts';
import { readingForm } from './reading-form.ts';
import { type ReadingTable, readingAt } from './reading-table.ts';

/** What the hash of a leaf is taken of. */
export interface OpenLeaf {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly salt: Uint8Array;
}

/** Writes the canonical bytes of reading `i` at `at`, MAX_READING_BYTES at most; gives where they end. */
export type WriteReading = (target: Uint8Array, at: number, i: number) => number;

export class BatchLeaves {
  /** salt_i = HMAC-SHA-256(batch secret, i as u32 big-endian)[0..16]: showing one reading shows one salt. */
  readonly #macs: Uint8Array;
  readonly #leafZero: Uint8Array;
  readonly #count: number;
  /** Written anew for each leaf. */
  readonly #leaf = new Uint8Array(LEAF_HEAD_BYTES_MAX + MAX_READING_BYTES);

  constructor(batchSecret: Uint8Array, leafZero: Uint8Array, count: number) {
    this.#macs = countedHmacs(batchSecret, count + 1);
    this.#leafZero = leafZero;
    this.#count = count;
  }

  /** Of leaf 0, then of the readings in order. */
  hashes(write: WriteReading): Uint8Array[] {
    const leaf = this.#leaf;
    const hashes = [batchLeafHash(sha256, this.#salt(0), 0, this.#leafZero)];
    for (let i = 0; i < this.#count; i++) {
      const end = write(leaf, writeLeafHead(leaf, 0, this.#salt(i + 1), i + 1), i);
      hashes.push(sha256(leaf.subarray(0, end)));
    }
    return hashes;
  }

  leaf(index: number, write: WriteReading): OpenLeaf {
    const salt = this.#salt(index);
    if (index === 0) return { index, bytes: this.#leafZero, salt };
    return { index, bytes: this.#leaf.slice(0, write(this.#leaf, 0, index - 1)), salt };
  }

  #salt(index: number): Uint8Array {
    return this.#macs.subarray(index * HASH_BYTES, index * HASH_BYTES + SALT_BYTES);
  }
}

/** The same bytes as `encodeReading` of every reading. */
export function readingWriter(table: ReadingTable): WriteReading {
  const forms = table.series.map(readingForm);
  return (target, at, i) => {
    if (!table.raws.has(i)) return forms[table.seriesOf[i]!]!.write(target, at, table.numbers, i);
    const bytes = encodeReading(readingAt(table, i));
    target.set(bytes, at);
    return at + bytes.length;
  };
}
