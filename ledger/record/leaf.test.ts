// SPDX-License-Identifier: Apache-2.0
/** The leaf that is put together by hand is the RFC 6962 leaf of CBOR[salt, index, item], for every length of the index. */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { encodeCbor } from '../codec/cbor.ts';
import { sha256 } from '../crypto/sha256.ts';
import { leafHash } from '../merkle/hash.ts';
import { batchLeafHash } from './leaf.ts';

const EDGES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1];

test.prop([
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.oneof(fc.constantFrom(...EDGES), fc.nat(2 ** 32 - 1)),
  fc.integer(),
])('is that of the plain codec', (salt, index, item) => {
  const plain = leafHash(sha256, encodeCbor([salt, index, item]));
  expect(batchLeafHash(sha256, salt, index, encodeCbor(item))).toEqual(plain);
});
