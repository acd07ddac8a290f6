// SPDX-License-Identifier: Apache-2.0
/** A whole Merkle tree in memory: the batch tree. It keeps every perfect subtree, so a proof costs no hashing of leaves. */
import { emptyRoot, foldRight, nodeHash, type Sha256 } from './hash.ts';
import { foldPlan, type Plan, planConsistency, planInclusion, planRoot, type TreeNode } from './plan.ts';

export class MemoryTree {
  readonly #sha256: Sha256;
  /** levels[l][i] is the root of leaves [i * 2^l, (i + 1) * 2^l). */
  readonly #levels: readonly (readonly Uint8Array[])[];

  constructor(sha256: Sha256, leafHashes: readonly Uint8Array[]) {
    this.#sha256 = sha256;
    this.#levels = perfectLevels(sha256, leafHashes);
  }

  get size(): number {
    return this.#levels[0]!.length;
  }

  root(): Uint8Array {
    return this.size === 0 ? emptyRoot(this.#sha256) : foldRight(this.#sha256, this.#read(planRoot(this.size)));
  }

  /** RangeError if `index` is outside the tree. */
  inclusionProof(index: number): Uint8Array[] {
    return this.#fold(planInclusion(index, this.size));
  }

  /** That the first `from` leaves make a prefix of this tree. RangeError if there are not so many, or none. */
  consistencyProof(from: number): Uint8Array[] {
    return this.#fold(planConsistency(from, this.size));
  }

  #fold(plan: Plan): Uint8Array[] {
    return foldPlan(this.#sha256, plan, this.#read(plan.flat()));
  }

  #read(nodes: readonly TreeNode[]): Uint8Array[] {
    return nodes.map(({ level, index }) => this.#levels[level]![index]!);
  }
}

function perfectLevels(sha256: Sha256, leafHashes: readonly Uint8Array[]): Uint8Array[][] {
  const levels = [[...leafHashes]];
  for (let below = levels[0]!; below.length > 1; below = levels.at(-1)!) {
    const pairs = Math.floor(below.length / 2);
    levels.push(Array.from({ length: pairs }, (_, i) => nodeHash(sha256, below[2 * i]!, below[2 * i + 1]!)));
  }
  return levels;
}
