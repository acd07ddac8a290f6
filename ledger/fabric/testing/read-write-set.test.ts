// SPDX-License-Identifier: Apache-2.0
/** Read and write sets come back from their bytes as they went in, whatever is in them. */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { decodeReadWriteSet, encodeReadWriteSet, PUBLIC, type SpaceSet } from './read-write-set.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
const version = fc.option(fc.record({ block: fc.nat(), tx: fc.nat() }), { nil: undefined });
const read = (key: fc.Arbitrary<string>) => fc.record({ key, version });
const bytes = fc.uint8Array({ minLength: 1 });
const value = fc.option(bytes, { nil: undefined });
const metadata = (key: fc.Arbitrary<string>) =>
  fc.array(fc.record({ key, entries: fc.array(fc.tuple(text, bytes)).map((entries) => new Map(entries)) }));
const range = fc.record({ start: text, end: text, exhausted: fc.boolean(), reads: fc.array(read(text)) });

const publicSpace: fc.Arbitrary<SpaceSet> = fc.record({
  reads: fc.array(read(text)),
  ranges: fc.array(range),
  writes: fc.array(fc.record({ key: text, value })),
  metadata: metadata(text),
});
const keyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => Buffer.from(hash).toString('hex'));
const collection: fc.Arbitrary<SpaceSet> = fc.record({
  reads: fc.array(read(keyHash)),
  ranges: fc.constant([]),
  writes: fc.array(fc.record({ key: keyHash, value, purge: fc.boolean() })),
  metadata: metadata(keyHash),
});

test.prop([publicSpace, collection])('decode(encode(x)) = x', (own, sealed) => {
  const set = new Map([
    [PUBLIC, own],
    ['sealed', sealed],
  ]);
  expect(decodeReadWriteSet(encodeReadWriteSet('lamplight', set))).toEqual(set);
});
