// SPDX-License-Identifier: Apache-2.0
/**
 * Reads deterministic CBOR and nothing else: every head in its shortest form, map keys ascending, no float, no tag, nothing left
 * over. So a value that comes out has the one encoding that went in; the tests hold it against decoding and encoding again.
 */
import { LedgerError } from '../errors.ts';
import { compareKeys } from './cbor-encode.ts';
import type { CborMap, CborValue } from './cbor-value.ts';

/** Largest input the decoder takes; a tile's entry is at most 65,535 bytes, a sealed batch at most this. */
const MAX_CBOR_BYTES = 1 << 20;
const MAX_DEPTH = 16;
/** Longer texts are decoded by the platform; shorter ones faster by hand. */
const SHORT_TEXT_BYTES = 24;

/** Decodes exactly one value; anything but the one deterministic encoding throws CBOR_NOT_CANONICAL. Byte strings are copies. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  if (bytes.length > MAX_CBOR_BYTES) throw refused(`more than ${MAX_CBOR_BYTES} bytes`);
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (!reader.atEnd()) throw refused('bytes after the value');
  return value;
}

class Reader {
  /** A plain view: `slice` of a Buffer would not copy. */
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw refused(`nested deeper than ${MAX_DEPTH}`);
    const first = this.#byte();
    const major = first >> 5;
    if (major === 7) return simple(first);
    if (major === 6) throw refused('a tag');
    const argument = this.#argument(first & 0x1f);
    if (major === 0) return argument;
    if (major === 1) return this.#negative(argument);
    // Each item of an array or map takes a byte at least: nothing is made for what cannot be there.
    if (argument > this.#bytes.length - this.#at) throw refused('longer than the input');
    if (major === 2) return this.#take(argument).slice();
    if (major === 3) return textOf(this.#take(argument));
    return major === 4 ? this.#array(argument, depth + 1) : this.#map(argument, depth + 1);
  }

  #array(length: number, depth: number): CborValue[] {
    const items: CborValue[] = [];
    for (let i = 0; i < length; i++) items.push(this.value(depth));
    return items;
  }

  #map(size: number, depth: number): CborMap {
    const map = new Map<number, CborValue>();
    let before: number | undefined;
    for (let i = 0; i < size; i++) {
      const key = this.#key();
      if (before !== undefined && compareKeys(before, key) >= 0) throw refused('map keys that do not ascend');
      map.set(key, this.value(depth));
      before = key;
    }
    return map;
  }

  #key(): number {
    const first = this.#byte();
    if (first >= 0x40) throw refused('a map key that is no integer');
    const argument = this.#argument(first & 0x1f);
    return first < 0x20 ? argument : this.#negative(argument);
  }

  #negative(argument: number): number {
    if (argument >= Number.MAX_SAFE_INTEGER) throw refused('an integer that is not safe');
    return -1 - argument;
  }

  /** The argument of a head, refused unless it is in its shortest form (RFC 8949 4.2.1) and a safe integer. */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw refused('an indefinite length');
    const length = 1 << (info - 24);
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + this.#byte();
    const least = info === 24 ? 24 : 2 ** (4 * length);
    if (value < least) throw refused('a head that could be shorter');
    if (value > Number.MAX_SAFE_INTEGER) throw refused('an integer that is not safe');
    return value;
  }

  #take(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw refused('it ends too early');
    return byte;
  }
}

function simple(first: number): boolean | null {
  if (first === 0xf4) return false;
  if (first === 0xf5) return true;
  if (first === 0xf6) return null;
  throw refused('a float or an unknown simple value');
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length <= SHORT_TEXT_BYTES) {
    let text = '';
    for (const byte of bytes) {
      if (byte > 0x7f) return strictUtf8(bytes);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return strictUtf8(bytes);
}

function strictUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new LedgerError('CBOR_NOT_CANONICAL', 'a text that is not UTF-8', { cause: error });
  }
}

function refused(detail: string): LedgerError {
  return new LedgerError('CBOR_NOT_CANONICAL', detail);
}
