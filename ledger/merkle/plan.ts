// SPDX-License-Identifier: Apache-2.0
/**
 * Proofs in two steps: a plan names the nodes a proof needs, whoever stores them (tiles, memory) reads these, and `foldPlan` makes the
 * hashes of the proof. The plan is pure, so the store may be asynchronous.
 */
import { foldRight, type Sha256 } from './hash.ts';

/** The root of the perfect subtree over leaves [index * 2^level, (index + 1) * 2^level). */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Each row becomes one hash of the proof: its nodes stand side by side, the rightmost smallest. */
export type Plan = readonly (readonly TreeNode[])[];

/** Proof that leaf `index` is in the tree of `size` leaves (RFC 6962 2.1.1). RangeError unless 0 <= index < size. */
export function planInclusion(index: number, size: number): Plan {
  if (!areSizes(index, size) || index >= size) throw new RangeError('index outside the tree');
  return inclusionPath(index, 0, size).map(([from, to]) => perfectSubtrees(from, to));
}

/** Proof that the tree of `from` leaves is a prefix of that of `to` leaves (RFC 6962 2.1.2). RangeError unless 0 < from <= to. */
export function planConsistency(from: number, to: number): Plan {
  if (!areSizes(from, to) || from === 0 || from > to) throw new RangeError('no such pair of trees');
  return consistencyPath(from, 0, to, true).map(([start, end]) => perfectSubtrees(start, end));
}

/** The nodes that a compact range of `size` leaves keeps. */
export function planRoot(size: number): readonly TreeNode[] {
  return perfectSubtrees(0, size);
}

/** The proof's hashes; `hashes` are those of `plan.flat()`, in order. */
export function foldPlan(sha256: Sha256, plan: Plan, hashes: readonly Uint8Array[]): Uint8Array[] {
  let end = 0;
  return plan.map((row) => {
    const start = end;
    end += row.length;
    return foldRight(sha256, hashes.slice(start, end));
  });
}

function areSizes(...numbers: readonly number[]): boolean {
  return numbers.every((n) => Number.isSafeInteger(n) && n >= 0);
}

type Range = readonly [from: number, to: number];

/** PATH(m, D[n]): the sibling ranges from the leaf to the root. */
function inclusionPath(index: number, from: number, to: number): Range[] {
  if (to - from === 1) return [];
  const middle = from + largestPowerOfTwoBelow(to - from);
  return index < middle
    ? [...inclusionPath(index, from, middle), [middle, to]]
    : [...inclusionPath(index, middle, to), [from, middle]];
}

/** SUBPROOF(m, D[n], b): `whole` says that the old tree is known to the verifier, as its root. */
function consistencyPath(old: number, from: number, to: number, whole: boolean): Range[] {
  if (old === to) return whole ? [] : [[from, to]];
  const middle = from + largestPowerOfTwoBelow(to - from);
  return old <= middle
    ? [...consistencyPath(old, from, middle, whole), [middle, to]]
    : [...consistencyPath(old, middle, to, false), [from, middle]];
}

/** [from, to) cut into perfect subtrees, the largest first; `from` is a multiple of the largest. */
function perfectSubtrees(from: number, to: number): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = from; at < to; ) {
    const leaves = largestPowerOfTwoBelow(to - at + 1);
    nodes.push({ level: Math.log2(leaves), index: at / leaves });
    at += leaves;
  }
  return nodes;
}

/** RFC 6962 2.1: the largest power of two smaller than n. */
function largestPowerOfTwoBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
