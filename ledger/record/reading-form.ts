// SPDX-License-Identifier: Apache-2.0
/**
 * The readings of a series differ in five numbers: their canonical bytes are a form with holes. A form writes and reads them without an
 * object, a map or a text a reading, ten times as fast as `encodeReading` and `decodeReading`, which stay the definition: a form is made by
 * the one, and takes nothing that the other refuses. Runs in a browser too.
 */
import { readInteger, writeInteger } from '../codec/cbor-integer.ts';
import { encodeReading, MAX_INTEGER, type RecordReading } from './reading-codec.ts';
import { NUMBERS, type NumberColumns, type NumberName } from './reading-table.ts';

/** A place for a number, and the bytes between it and the hole before. */
interface Hole {
  readonly name: NumberName;
  readonly before: Uint8Array;
}

/** The form of the readings of a series; `common` is what `commonOf` gives. */
export function readingForm(common: RecordReading): ReadingForm {
  const bytes = encodeReading(common);
  const holes: Hole[] = [];
  let end = 0;
  for (const name of NUMBERS) {
    const other = withOne(common, name);
    if (!other) continue;
    // 0 and 1 take a byte each: where the encodings differ is the hole.
    const at = encodeReading(other).findIndex((byte, i) => byte !== bytes[i]);
    holes.push({ name, before: bytes.subarray(end, at) });
    end = at + 1;
  }
  return new ReadingForm(holes, bytes.subarray(end));
}

export class ReadingForm {
  readonly #holes: readonly Hole[];
  readonly #rest: Uint8Array;

  constructor(holes: readonly Hole[], rest: Uint8Array) {
    this.#holes = holes;
    this.#rest = rest;
  }

  /** Writes reading `i`, which keeps no bytes as received, at `at`; gives where it ends. */
  write(target: Uint8Array, at: number, numbers: NumberColumns, i: number): number {
    let end = at;
    for (const { name, before } of this.#holes) {
      end = copy(before, target, end);
      end = writeInteger(target, end, numbers[name][i]!);
    }
    return copy(this.#rest, target, end);
  }

  /** Takes the numbers of reading `i` out of the bytes [from, to). False unless they are a reading of this series, to the byte. */
  read(bytes: Uint8Array, from: number, to: number, numbers: NumberColumns, i: number): boolean {
    const cursor = { at: from };
    for (const { name, before } of this.#holes) {
      if (!startsWith(bytes, cursor.at, before)) return false;
      cursor.at += before.length;
      const value = readInteger(bytes, cursor);
      if (!isInRange(name, value)) return false;
      numbers[name][i] = value;
    }
    return cursor.at + this.#rest.length === to && startsWith(bytes, cursor.at, this.#rest);
  }
}

/** False for NaN too. */
export function isInRange(name: NumberName, value: number): boolean {
  const least = name === 'monotonicMs' || name === 'sequence' ? 0 : -MAX_INTEGER;
  return value >= least && value <= MAX_INTEGER;
}

function withOne(common: RecordReading, name: NumberName): RecordReading | undefined {
  if (name === 'mantissa') return common.value && { ...common, value: { ...common.value, mantissa: 1 } };
  return common[name] === undefined ? undefined : { ...common, [name]: 1 };
}

/** By hand: pieces of some twenty bytes, for which `set` and `subarray` cost more. */
function copy(piece: Uint8Array, target: Uint8Array, at: number): number {
  for (let i = 0; i < piece.length; i++) target[at + i] = piece[i]!;
  return at + piece.length;
}

function startsWith(bytes: Uint8Array, at: number, piece: Uint8Array): boolean {
  for (let i = 0; i < piece.length; i++) if (bytes[at + i] !== piece[i]) return false;
  return true;
}
