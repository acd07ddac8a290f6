// SPDX-License-Identifier: Apache-2.0
/** Suggestions are near, and the distance agrees with its definition. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { closest, editDistance } from './closest.ts';

/** The definition, word for word and slow. */
function plainDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  if (a[0] === b[0]) return plainDistance(a.slice(1), b.slice(1));
  const [x, y] = [a.slice(1), b.slice(1)];
  return 1 + Math.min(plainDistance(x, b), plainDistance(a, y), plainDistance(x, y));
}

describe('closest', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
  test.prop([word, word])('the distance is the one of its definition', (a, b) => {
    expect(editDistance(a, b)).toBe(plainDistance(a, b));
  });

  it.each([
    ['strat', 'start'],
    ['verfy', 'verify'],
    ['dash', 'dashboard'],
    ['device', 'devices'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('%j means %j', (typed, meant) => {
    expect(closest(typed, ['start', 'dashboard', 'devices', 'verify'])).toBe(meant);
  });
});
