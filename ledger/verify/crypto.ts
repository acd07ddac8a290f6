// SPDX-License-Identifier: Apache-2.0
/** The two primitives a verifier needs. They are handed in, so that the same verifier runs on node:crypto and in a browser. */

import type { Sha256 } from '../merkle/hash.ts';

export interface VerifierCrypto {
  readonly sha256: Sha256;
  /** Strict RFC 8032; false for anything malformed. The key has 32 bytes, the signature 64. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}
