// SPDX-License-Identifier: Apache-2.0
/** The verifier's primitives by node:crypto. */
import type { VerifierCrypto } from '../verify/crypto.ts';
import { ed25519Verify } from './ed25519.ts';
import { sha256 } from './sha256.ts';

export const nodeCrypto: VerifierCrypto = { sha256, ed25519Verify };
