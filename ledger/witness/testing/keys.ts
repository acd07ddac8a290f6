// SPDX-License-Identifier: Apache-2.0
/** Keys, signed checkpoints and requests for tests, honest ones and forks. */
import { generateKeyPairSync } from 'node:crypto';
import { ed25519PublicKey, ed25519Sign } from '../../crypto/ed25519.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { signCheckpoint } from '../../log/checkpoint.ts';
import { COSIGNATURE, type NoteSigner, verifierKey } from '../../log/note.ts';
import { emptyRoot, leafHash } from '../../merkle/hash.ts';
import { MemoryTree } from '../../merkle/memory-tree.ts';
import { encodeAddCheckpoint } from '../request.ts';

const { sha256 } = nodeCrypto;

export function makeSigner(name: string, type?: typeof COSIGNATURE): NoteSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = verifierKey(name, Uint8Array.from(ed25519PublicKey(privateKey)), sha256, type);
  return { key, sign: (message) => ed25519Sign(message, privateKey) };
}

export const makeWitnessSigner = (name: string): NoteSigner => makeSigner(name, COSIGNATURE);

/** A log in memory; two with another `history` are forks of each other from entry `forkedFrom` on. */
export function memoryLog(signer: NoteSigner, history = 'honest', forkedFrom = 0) {
  const tree = (size: number) =>
    new MemoryTree(
      sha256,
      Array.from({ length: size }, (_, i) =>
        leafHash(sha256, new TextEncoder().encode(`${i < forkedFrom ? 'honest' : history} ${i}`)),
      ),
    );
  const checkpoint = (size: number, root = size === 0 ? emptyRoot(sha256) : tree(size).root()) =>
    signCheckpoint({ origin: signer.key.name, size, root }, signer);
  const proof = (from: number, to: number) => (from === 0 ? [] : tree(to).consistencyProof(from));
  const request = (from: number, to: number) =>
    new TextEncoder().encode(encodeAddCheckpoint({ oldSize: from, proof: proof(from, to), note: checkpoint(to) }));
  return { checkpoint, proof, request };
}
