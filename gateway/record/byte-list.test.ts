// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { ByteList } from './byte-list.ts';

describe('a list of bytes', () => {
  test.prop([fc.array(fc.uint8Array({ maxLength: 6000 }), { maxLength: 12 })])(
    'gives back copies of what was pushed, in order',
    (items) => {
      const list = new ByteList();
      for (const item of items) {
        const given = Uint8Array.from(item);
        list.push(given);
        given.fill(0xee);
      }
      expect([list.length, [...list]]).toEqual([items.length, items]);
    },
  );

  test.prop([fc.array(fc.uint8Array({ maxLength: 6000 }), { minLength: 1, maxLength: 8 })])(
    'leaves a view as it is when it grows',
    (items) => {
      const list = new ByteList();
      list.push(items[0]!);
      const [view] = list;
      for (const item of items) list.push(item);
      expect(view).toEqual(items[0]);
    },
  );
});
