// SPDX-License-Identifier: Apache-2.0
/** The Merkle code against published vectors, a real CT log, and a plain recursive twin written from RFC 6962 2.1. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../crypto/sha256.ts';
import { CompactRange } from './compact-range.ts';
import { emptyRoot, leafHash, nodeHash } from './hash.ts';
import { MemoryTree } from './memory-tree.ts';
import { planConsistency, planInclusion, planRoot } from './plan.ts';
import { verifyConsistency, verifyInclusion } from './verify.ts';

const vectors = new URL('../../../shared/vectors/', import.meta.url);
const json = (path: string): unknown => JSON.parse(readFileSync(new URL(path, vectors), 'utf8'));
const skip = !existsSync(vectors);
const b64 = (text: string): Uint8Array => Buffer.from(text, 'base64');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the twin', () => {
  const sha = (...parts: (Uint8Array | number[])[]): Buffer => {
    const h = createHash('sha256');
    for (const p of parts) h.update(Uint8Array.from(p));
    return h.digest();
  };
  const split = (n: number): number => {
    let k = 1;
    while (2 * k < n) k *= 2;
    return k;
  };
  /** MTH, PATH and SUBPROOF as RFC 6962 2.1 defines them, on the entries themselves. */
  const mth = (d: Uint8Array[]): Buffer => {
    if (d.length === 0) return sha();
    if (d.length === 1) return sha([0], d[0]!);
    const k = split(d.length);
    return sha([1], mth(d.slice(0, k)), mth(d.slice(k)));
  };
  const path = (m: number, d: Uint8Array[]): Buffer[] => {
    if (d.length === 1) return [];
    const k = split(d.length);
    return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
  };
  const subproof = (m: number, d: Uint8Array[], b: boolean): Buffer[] => {
    if (m === d.length) return b ? [] : [mth(d)];
    const k = split(d.length);
    return m <= k
      ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
      : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
  };
  const entries = Array.from({ length: 300 }, (_, i) => Buffer.from(`entry ${i}`));
  const leaves = entries.map((e) => leafHash(sha256, e));
  const treeOf = (size: number): MemoryTree => new MemoryTree(sha256, leaves.slice(0, size));

  it('has the same root for every size to 300, appended one by one, whole, and from planned nodes', () => {
    const range = new CompactRange(sha256);
    for (let size = 0; size <= 300; size++) {
      const root = hex(mth(entries.slice(0, size)));
      expect(hex(range.root())).toBe(root);
      expect(hex(treeOf(size).root())).toBe(root);
      if (size < 300) range.append(leaves[size]!);
    }
    expect(hex(emptyRoot(sha256))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('has the same inclusion proofs for every size to 300 (first, middle, last leaf; all leaves to 64), and they verify', () => {
    for (let size = 1; size <= 300; size++) {
      const tree = treeOf(size);
      const root = tree.root();
      const indexes = size <= 64 ? Array.from({ length: size }, (_, i) => i) : [0, size >> 1, size - 1];
      for (const index of indexes) {
        const proof = tree.inclusionProof(index);
        expect(proof.map(hex)).toEqual(path(index, entries.slice(0, size)).map(hex));
        expect(verifyInclusion(sha256, { leafHash: leaves[index]!, index, size, root, proof })).toBe(true);
      }
    }
  });

  it('has the same consistency proofs for every pair of sizes to 64, and they verify; corrupted ones fail', () => {
    for (let to = 1; to <= 64; to++) {
      const tree = treeOf(to);
      for (let from = 1; from <= to; from++) {
        const proof = tree.consistencyProof(from);
        expect(proof.map(hex)).toEqual(subproof(from, entries.slice(0, to), true).map(hex));
        const claim = { from, to, fromRoot: treeOf(from).root(), toRoot: tree.root(), proof };
        expect(verifyConsistency(sha256, claim)).toBe(true);
        for (const bad of corruptions(proof)) expect(verifyConsistency(sha256, { ...claim, proof: bad })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, toRoot: sha256(claim.toRoot) })).toBe(false);
      }
    }
  });

  it('hashes an entry of any length, also after a longer one', () => {
    for (const length of [5000, 1024, 1023, 1022, 1, 0, 1, 1022, 1023, 1024]) {
      const entry = new Uint8Array(length).fill(length);
      expect(hex(leafHash(sha256, entry)), String(length)).toBe(hex(mth([entry])));
    }
  });

  it('shows each perfect subtree once, when the leaf that finishes it is appended; a clone goes on by itself', () => {
    const range = new CompactRange(sha256);
    const seen: [height: number, root: string][][] = [];
    for (const leaf of leaves.slice(0, 64)) {
      const clone = range.clone();
      clone.append(leaves[299]!);
      const finished: [number, string][] = [];
      range.append(leaf, (root, height) => finished.push([height, hex(root)]));
      seen.push(finished);
      expect([clone.size, range.size]).toEqual([seen.length, seen.length]);
      expect(hex(clone.root())).not.toBe(hex(range.root()));
    }
    expect(hex(range.root())).toBe(hex(treeOf(64).root()));
    const plain = seen.map((_, last) =>
      Array.from({ length: 7 }, (_, height) => height)
        .filter((height) => (last + 1) % 2 ** height === 0)
        .map((height) => [height, hex(mth(entries.slice(last + 1 - 2 ** height, last + 1)))]),
    );
    expect(seen).toEqual(plain);
  });

  it('refuses numbers that are none of a tree, and hashes of another length', () => {
    const tree = treeOf(7);
    const [root, proof] = [tree.root(), tree.inclusionProof(3)];
    const inclusion = { leafHash: leaves[3]!, index: 3, size: 7, root, proof };
    const growth = { from: 3, to: 7, fromRoot: treeOf(3).root(), toRoot: root, proof: tree.consistencyProof(3) };
    const numbers = [-1, 0, 0.5, 3.5, 7.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
    for (const wrong of numbers) {
      expect(verifyInclusion(sha256, { ...inclusion, size: wrong }), `size ${wrong}`).toBe(false);
      expect(verifyInclusion(sha256, { ...inclusion, index: wrong }), `index ${wrong}`).toBe(false);
      expect(verifyConsistency(sha256, { ...growth, from: wrong }), `from ${wrong}`).toBe(false);
      expect(verifyConsistency(sha256, { ...growth, to: wrong }), `to ${wrong}`).toBe(false);
      if (wrong !== 0) expect(() => planInclusion(wrong, 7)).toThrow(RangeError);
      expect(() => planConsistency(wrong, wrong)).toThrow(RangeError);
      expect(() => planConsistency(wrong, 7)).toThrow(RangeError);
      expect(() => planInclusion(0, wrong)).toThrow(RangeError);
      expect(() => planConsistency(1, wrong)).toThrow(RangeError);
    }
    expect(() => planConsistency(8, 7)).toThrow(RangeError);
    const cut = (hash: Uint8Array): Uint8Array[] => [hash.subarray(1), Uint8Array.of(...hash, 0), new Uint8Array()];
    const same = { ...growth, from: 7, fromRoot: root, proof: [] };
    expect(verifyConsistency(sha256, same)).toBe(true);
    for (const wrong of cut(root)) {
      expect(verifyInclusion(sha256, { ...inclusion, root: wrong })).toBe(false);
      expect(verifyInclusion(sha256, { ...inclusion, leafHash: wrong })).toBe(false);
      expect(verifyInclusion(sha256, { leafHash: wrong, index: 0, size: 1, root: wrong, proof: [] })).toBe(false);
      expect(verifyConsistency(sha256, { ...growth, fromRoot: wrong })).toBe(false);
      expect(verifyConsistency(sha256, { ...growth, toRoot: wrong })).toBe(false);
      expect(verifyConsistency(sha256, { ...same, fromRoot: wrong, toRoot: wrong })).toBe(false);
    }
    expect(verifyConsistency(sha256, { ...same, fromRoot: leaves[0]! })).toBe(false);
    // Beyond the edge the same steps could come to the same hashes: only the numbers say no.
    const first = { ...inclusion, leafHash: leaves[0]!, index: 0, proof: tree.inclusionProof(0) };
    expect([0, -1].map((index) => verifyInclusion(sha256, { ...first, index }))).toEqual([true, false]);
    expect(verifyConsistency(sha256, { ...same, from: 8 })).toBe(false);
  });

  it('refuses corrupted inclusion proofs', () => {
    for (const size of [1, 2, 3, 7, 8, 64, 300]) {
      const tree = treeOf(size);
      for (const index of [0, size - 1]) {
        const claim = { leafHash: leaves[index]!, index, size, root: tree.root(), proof: tree.inclusionProof(index) };
        for (const bad of corruptions(claim.proof))
          expect(verifyInclusion(sha256, { ...claim, proof: bad })).toBe(false);
        expect(verifyInclusion(sha256, { ...claim, index: index + 1 })).toBe(false);
        expect(verifyInclusion(sha256, { ...claim, leafHash: leaves[299]! })).toBe(index === 299);
        expect(verifyInclusion(sha256, { ...claim, root: sha256(claim.root) })).toBe(false);
      }
    }
  });
});

/** A flipped bit in each hash, a byte more in each, one hash more, one less, one cut short. */
function corruptions(proof: readonly Uint8Array[]): Uint8Array[][] {
  const flipped = proof.map((_, at) =>
    proof.map((h, i) => (i === at ? Uint8Array.from(h, (b, j) => (j === 4 ? b ^ 1 : b)) : h)),
  );
  const longer = proof.map((_, at) => proof.map((h, i) => (i === at ? Uint8Array.of(...h, 0) : h)));
  const extra = [...longer, [...proof, new Uint8Array(32)], [new Uint8Array(32), ...proof]];
  return [
    ...flipped,
    ...extra,
    ...(proof.length > 0 ? [proof.slice(1), proof.slice(0, -1), [proof[0]!.subarray(1), ...proof.slice(1)]] : []),
  ];
}

describe('large trees', () => {
  it('hold beyond 2^32 leaves, where bit operators wrap', () => {
    const [left, leaf, next] = ['left', 'leaf', 'next'].map((text) => sha256(Buffer.from(text))) as Uint8Array[];
    const size = 2 ** 40;
    const range = new CompactRange(sha256, size, [left!]);
    range.append(leaf!);
    const root = range.root();
    expect(hex(root)).toBe(hex(nodeHash(sha256, left!, leaf!)));
    const inclusion = { leafHash: leaf!, index: size, size: size + 1, root, proof: [left!] };
    expect(verifyInclusion(sha256, inclusion)).toBe(true);
    expect(verifyInclusion(sha256, { ...inclusion, index: 0 })).toBe(false);
    const growth = { from: size, to: size + 1, fromRoot: left!, toRoot: root, proof: [leaf!] };
    expect(verifyConsistency(sha256, growth)).toBe(true);
    expect(verifyConsistency(sha256, { ...growth, from: 1 })).toBe(false);
    range.append(next!);
    const pair = nodeHash(sha256, leaf!, next!);
    const later = { from: size + 1, to: size + 2, fromRoot: root, toRoot: range.root(), proof: [leaf!, next!, left!] };
    expect(hex(range.root())).toBe(hex(nodeHash(sha256, left!, pair)));
    expect(verifyConsistency(sha256, later)).toBe(true);
  });

  it('plans paths of the right length at 2^53 - 1 leaves', () => {
    const size = Number.MAX_SAFE_INTEGER;
    expect(planInclusion(0, size).length).toBe(53);
    expect(planRoot(size).length).toBe(53);
    expect(
      planConsistency(size - 1, size)
        .flat()
        .every((n) => Number.isSafeInteger(n.index)),
    ).toBe(true);
    expect(() => planInclusion(size, size)).toThrow(RangeError);
    expect(() => planConsistency(0, 1)).toThrow(RangeError);
  });
});

interface Case {
  readonly name: string;
  readonly proof: string[] | null;
  readonly wantErr: boolean;
  readonly [field: string]: unknown;
}

describe('published vectors', () => {
  it.skipIf(skip)('answers 66 inclusion cases as they say', () => {
    const cases = json('merkle/inclusion.json') as Case[];
    expect(cases.length).toBe(66);
    for (const c of cases) {
      const claim = {
        leafHash: b64(c['leafHash'] as string),
        index: c['leafIdx'] as number,
        size: c['treeSize'] as number,
        root: b64(c['root'] as string),
        proof: (c.proof ?? []).map(b64),
      };
      expect(verifyInclusion(sha256, claim), c.name).toBe(!c.wantErr);
    }
  });

  it.skipIf(skip)('answers 66 consistency cases as they say', () => {
    const cases = json('merkle/consistency.json') as Case[];
    expect(cases.length).toBe(66);
    for (const c of cases) {
      const claim = {
        from: c['size1'] as number,
        to: c['size2'] as number,
        fromRoot: b64(c['root1'] as string),
        toRoot: b64(c['root2'] as string),
        proof: (c.proof ?? []).map(b64),
      };
      expect(verifyConsistency(sha256, claim), c.name).toBe(!c.wantErr);
    }
  });

  it.skipIf(skip)('verifies the real log Argon 2020', () => {
    const sth = json('notes/argon2020/sth.json') as { tree_size: number; sha256_root_hash: string };
    const { entries } = json('notes/argon2020/entries.json') as { entries: { leaf_input: string }[] };
    const path = json('notes/argon2020/proof.json') as { leaf_index: number; audit_path: string[] };
    const { consistency } = json('notes/argon2020/consistency.json') as { consistency: string[] };
    const root = b64(sth.sha256_root_hash);
    const leaf = leafHash(sha256, b64(entries[0]!.leaf_input));
    const claim = {
      leafHash: leaf,
      index: path.leaf_index,
      size: sth.tree_size,
      root,
      proof: path.audit_path.map(b64),
    };
    expect(verifyInclusion(sha256, claim)).toBe(true);
    expect(verifyInclusion(sha256, { ...claim, index: 10001 })).toBe(false);
    const fromRoot = b64('AuIZ5V6sDUj1vn3Y1K85oOaQ7y+FJJKtyRTl1edIKBQ=');
    const growth = { from: 3654490, to: sth.tree_size, fromRoot, toRoot: root, proof: consistency.map(b64) };
    expect(verifyConsistency(sha256, growth)).toBe(true);
    expect(verifyConsistency(sha256, { ...growth, from: 3654491 })).toBe(false);
  });
});
