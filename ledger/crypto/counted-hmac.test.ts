// SPDX-License-Identifier: Apache-2.0
/** Counted MACs are those of HMAC, one for one. */
import { createHmac } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { countedHmacs } from './counted-hmac.ts';

test.prop([fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 600 }))])(
  'are HMAC-SHA-256 of their numbers',
  (key, count) => {
    const macs = countedHmacs(key, count);
    const plain = Array.from({ length: count }, (_, i) => {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(i);
      return createHmac('sha256', key).update(number).digest();
    });
    expect(Buffer.from(macs).equals(Buffer.concat(plain))).toBe(true);
  },
);
