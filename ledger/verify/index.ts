// SPDX-License-Identifier: Apache-2.0
/** The published door of the verifier. Nothing behind it touches node: it runs in a browser with the crypto handed in. */

export { nobleCrypto } from '../crypto/noble.ts';
export type { RecordReading } from '../record/reading-codec.ts';
export { type Policy, parsePolicy } from '../witness/policy.ts';
export type { ShownCorrection } from './correction.ts';
export type { VerifierCrypto } from './crypto.ts';
export { type VerifyError, type VerifyErrorCode, type VerifyResult, type VerifyStep, verifyProof } from './verify.ts';
export { readingInWords } from './words.ts';
