// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { signP256 } from './p256-signer.ts';
import { isLowS, withOtherS } from './testing/low-s.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = createPublicKey(privateKey);

// Half of all signatures have the greater s at first: 200 runs would not miss it.
test.prop([fc.uint8Array({ maxLength: 200 })], { numRuns: 200 })('is a valid signature with the lower s', (message) => {
  const signature = signP256(message, privateKey);
  expect(isLowS(signature)).toBe(true);
  expect(verify('sha256', message, publicKey, signature)).toBe(true);
  // A DER writer of its own makes the same bytes of the same numbers.
  expect(withOtherS(withOtherS(signature))).toEqual(signature);
});
