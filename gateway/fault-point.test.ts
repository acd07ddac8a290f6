// SPDX-License-Identifier: Apache-2.0
/** Fault points: the chosen one kills at the chosen passing, and nothing ever does without a choice. */
import { describe, expect, it } from 'vitest';
import { FAULT_POINTS, faultPoints } from './fault-point.ts';

function killsAt(chosen: string | undefined, passings: number): string[] {
  const killed: string[] = [];
  let now = '';
  const pass = faultPoints(chosen, () => killed.push(now));
  for (let i = 1; i <= passings; i++) {
    for (const point of FAULT_POINTS) {
      now = `${point}:${i}`;
      pass(point);
    }
  }
  return killed;
}

describe('a fault point', () => {
  it('kills once, at the chosen passing of the chosen point, the first by default', () => {
    expect(killsAt('record-after-commit', 3)).toEqual(['record-after-commit:1']);
    expect(killsAt('log-before-head:3', 5)).toEqual(['log-before-head:3']);
  });

  it('kills nothing where none is chosen, or none of that name exists', () => {
    expect([undefined, '', 'no-such-point', 'log-before-head:9'].flatMap((chosen) => killsAt(chosen, 5))).toEqual([]);
  });
});
