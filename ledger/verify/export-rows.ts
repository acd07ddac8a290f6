// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of one batch of an export proof, one behind the other in one array: of each the bytes that the hash of its leaf covers, which end
 * with its reading. A row is decoded where it will stand, for nearly every line of a proof is one.
 */
import { decodeBase64 } from '../codec/base64.ts';
import { readInteger } from '../codec/cbor-integer.ts';
import { LedgerError } from '../errors.ts';
import { LEAF_HEAD_BYTES_MAX, leafHeadBytes, SALT_BYTES, writeLeafHead } from '../record/leaf.ts';
import { MAX_READING_BYTES } from '../record/reading-codec.ts';
import { type ExportRow, MAX_LEAVES } from './export-proof.ts';

const MAX_ROWS_BYTES = 64 * 1024 * 1024;
const FIRST_ROWS_BYTES = 256 * 1024;
const WORD = new TextEncoder().encode('row ');
/** RFC 8949 3: major type and length. */
const ARRAY_OF_THREE = 0x83;
const BYTES_OF_SALT = 0x40 | SALT_BYTES;
const BYTES = 0x40;
const LENGTH_BITS = 0x1f;

export class ExportRows {
  /** Number of the leaf, and where its reading begins and ends in `bytes`, by row. */
  readonly leaves: number[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];
  #bytes = new Uint8Array(FIRST_ROWS_BYTES);

  get count(): number {
    return this.leaves.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** What the hash of the leaf of a row is taken of. */
  hashedBytes(row: number): Uint8Array {
    const from = this.from[row]! - leafHeadBytes(this.leaves[row]!);
    return this.#bytes.subarray(from, this.to[row]!);
  }

  clear(): void {
    for (const list of [this.leaves, this.from, this.to]) list.length = 0;
  }

  /** Takes a row. Throws PROOF_EXPORT_MALFORMED if there are too many. */
  take({ leaf, salt, bytes }: ExportRow): void {
    const start = this.#room(LEAF_HEAD_BYTES_MAX + bytes.length);
    const from = writeLeafHead(this.#bytes, start, salt, leaf);
    this.#bytes.set(bytes, from);
    this.#add(leaf, from, from + bytes.length);
  }

  /** Takes a line of the proof if it is a row, as `parseExportPart` reads it. If not, that says what it is or what is wrong with it. */
  takeLine(line: Uint8Array): boolean {
    if (WORD.some((byte, i) => line[i] !== byte)) return false;
    const start = this.#room(line.length);
    const bytes = this.#bytes;
    const end = decodeBase64(line, WORD.length, bytes, start);
    // CBOR [leaf, salt, reading].
    const cursor = { at: start + 1 };
    if (end === undefined || bytes[start] !== ARRAY_OF_THREE) return false;
    const leaf = readInteger(bytes, cursor);
    if (!(leaf >= 1 && leaf <= MAX_LEAVES) || bytes[cursor.at] !== BYTES_OF_SALT) return false;
    const salt = bytes.slice(cursor.at + 1, cursor.at + 1 + SALT_BYTES);
    cursor.at += 1 + SALT_BYTES;
    const type = bytes[cursor.at]! & ~LENGTH_BITS;
    // The length of a byte string stands as an integer does.
    bytes[cursor.at]! &= LENGTH_BITS;
    const length = readInteger(bytes, cursor);
    const from = cursor.at;
    if (type !== BYTES || !(length <= MAX_READING_BYTES) || from + length !== end) return false;
    // The leaf has the same three in another order; what stands before the reading is as long or longer.
    writeLeafHead(bytes, from - leafHeadBytes(leaf), salt, leaf);
    this.#add(leaf, from, end);
    return true;
  }

  #add(leaf: number, from: number, to: number): void {
    this.leaves.push(leaf);
    this.from.push(from);
    this.to.push(to);
  }

  /** Where the next row may be written, `length` bytes at most. */
  #room(length: number): number {
    const start = this.to.at(-1) ?? 0;
    if (this.count >= MAX_LEAVES || start + length > MAX_ROWS_BYTES)
      throw new LedgerError('PROOF_EXPORT_MALFORMED', 'a batch of too many rows');
    if (start + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, start + length));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    return start;
  }
}
