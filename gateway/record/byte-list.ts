// SPDX-License-Identifier: Apache-2.0
/** Many small byte strings in one growing block: a few bytes of memory each beyond their own, and nothing for the garbage collector to follow. */

const FIRST_BYTES = 4096;

export class ByteList implements Iterable<Uint8Array> {
  #bytes = new Uint8Array(FIRST_BYTES);
  /** Where each item ends. */
  readonly #ends: number[] = [];

  get length(): number {
    return this.#ends.length;
  }

  /** Takes a copy. */
  push(item: Uint8Array): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + item.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(item, start);
    this.#ends.push(end);
  }

  /** In order; each is a view that stays as it is. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    let start = 0;
    for (const end of this.#ends) {
      yield this.#bytes.subarray(start, end);
      start = end;
    }
  }
}
