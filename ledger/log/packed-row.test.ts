// SPDX-License-Identifier: Apache-2.0
/** A packed row against a plain list of the same items. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { concatBytes } from '../codec/bytes.ts';
import { PackedRow } from './packed-row.ts';
import { encodeBundle } from './tile.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const entry = fc.oneof(
  { weight: 20, arbitrary: fc.uint8Array() },
  { weight: 1, arbitrary: fc.uint8Array({ size: 'max', maxLength: 65_535 }) },
);

describe('a packed row', () => {
  test.prop([
    fc.constantFrom('entries' as const, 0, 3),
    fc.nat({ max: 2 }),
    fc.array(fc.record({ entry, hash, times: fc.nat({ max: 300 }), forget: fc.boolean() }), { maxLength: 5 }),
  ])('holds, encodes and forgets what a plain list does', (level, firstTile, pushes) => {
    const from = 256 * firstTile;
    const row = new PackedRow(level, from, []);
    const plain: Uint8Array[] = [];
    let held = from;
    for (const { entry, hash, times, forget } of pushes) {
      const item = level === 'entries' ? entry : hash;
      for (let i = 0; i < times; i++) {
        row.push(item);
        plain.push(item);
      }
      if (forget) {
        held = 256 * Math.floor((from + plain.length) / 256);
        row.forget(held);
      }
    }
    const end = from + plain.length;
    for (let index = held; index < end; index += 97) expect(row.item(index)).toEqual(plain[index - from]);
    expect([row.item(held - 1), row.item(end)]).toEqual([undefined, undefined]);
    for (let tile = held / 256; 256 * tile < end; tile++) {
      const items = plain.slice(256 * tile - from, 256 * tile - from + 256);
      const encoded = level === 'entries' ? encodeBundle(items) : concatBytes(...items);
      expect(Buffer.compare(row.tile(tile, items.length), encoded)).toBe(0);
    }
  });
});
