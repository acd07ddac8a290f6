// SPDX-License-Identifier: Apache-2.0
/** The least that has to be kept to append to a Merkle tree and to know its root: one hash per set bit of its size. */
import { emptyRoot, foldRight, nodeHash, type Sha256 } from './hash.ts';

export class CompactRange {
  readonly #sha256: Sha256;
  /** Roots of the perfect subtrees from left to right, the largest first. */
  readonly #hashes: Uint8Array[];
  #size: number;

  /** An empty tree, or one of `size` leaves with the hashes of its perfect subtrees, as `planRoot` lists them. */
  constructor(sha256: Sha256, size = 0, hashes: readonly Uint8Array[] = []) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#hashes = [...hashes];
  }

  get size(): number {
    return this.#size;
  }

  /** Another one that goes on from here by itself. */
  clone(): CompactRange {
    return new CompactRange(this.#sha256, this.#size, this.#hashes);
  }

  /** `visit` gets each perfect subtree that the leaf finishes, itself the first, at height 0. */
  append(leaf: Uint8Array, visit?: (root: Uint8Array, height: number) => void): void {
    let [hash, height] = [leaf, 0];
    visit?.(hash, height);
    // Each trailing one bit of the old size is a finished subtree that the new leaf closes.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(this.#sha256, this.#hashes.pop()!, hash);
      height += 1;
      visit?.(hash, height);
    }
    this.#hashes.push(hash);
    this.#size += 1;
  }

  root(): Uint8Array {
    return this.#size === 0 ? emptyRoot(this.#sha256) : foldRight(this.#sha256, this.#hashes);
  }
}
