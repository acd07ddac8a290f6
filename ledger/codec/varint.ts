// SPDX-License-Identifier: Apache-2.0
/** Zigzag varints: signed integers below 2^52 in as few bytes as they need, for the columns of a batch. */

/** Most bytes that one integer takes. */
const LONGEST_BYTES = 8;

/** Grows as it is written to. */
export class VarintWriter {
  private bytes: Uint8Array;
  private length = 0;

  /** `expected`: integers that will probably come; two bytes are kept for each. */
  constructor(expected = 128) {
    this.bytes = new Uint8Array(2 * expected + LONGEST_BYTES);
  }

  /** Appends one integer, |value| < 2^52. */
  push(value: number): void {
    if (!Number.isSafeInteger(value) || Math.abs(value) >= 2 ** 52)
      throw new RangeError('a varint holds integers below 2^52');
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    if (this.length + LONGEST_BYTES > this.bytes.length) this.grow();
    // Division instead of shifts: JavaScript shifts work on 32 bits only.
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private grow(): void {
    const larger = new Uint8Array(2 * this.bytes.length);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

/** Reads exactly `count` integers; undefined if the bytes hold more, fewer, or one too large. */
export function readVarints(bytes: Uint8Array, count: number): Float64Array | undefined {
  // Every integer has a byte: what is too short is refused before the memory is taken.
  if (count > bytes.length) return undefined;
  const values = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at >= bytes.length) return undefined;
    let byte = bytes[at++]!;
    if (byte < 128) {
      // Nearly all are: integers, no division.
      values[i] = (byte >> 1) ^ -(byte & 1);
      continue;
    }
    let value = byte & 127;
    let scale = 128;
    do {
      if (at >= bytes.length || scale > 2 ** 49) return undefined;
      byte = bytes[at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    if (value >= 2 ** 53) return undefined;
    values[i] = value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
  return at === bytes.length ? values : undefined;
}
