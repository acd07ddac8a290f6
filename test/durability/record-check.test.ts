// SPDX-License-Identifier: Apache-2.0
/** The checker of the durability tests must see what it looks for: a lost reading, one that stands twice, one that nobody sent. */
import { expect, it } from 'vitest';
import type { RecordReading } from '../../ledger/index.ts';
import { compareWith } from '../support/record-check.ts';
import { heartRateOf } from '../support/senml-load.ts';

const session = '0123456789abcdef';
const sensor = { device: 'wear-1', session, sequences: new Set([0, 1, 3]), made: 5 };
const recorded = (sequence: number, value = heartRateOf(sequence)) =>
  ({ device: 'wear-1', session, sequence, value: { mantissa: value, exponent: 0 } }) as RecordReading;
const sound = [0, 1, 2, 3].map((sequence) => recorded(sequence));

it('finds nothing in a sound record, where what was not acknowledged may stand or not', () => {
  expect(compareWith([sensor], sound)).toEqual({ lost: [], twice: [], foreign: [] });
});

it.each([
  ['lost', sound.slice(0, 3), `wear-1/${session}/3`],
  ['twice', [...sound, recorded(1)], `wear-1/${session}/1`],
  ['foreign', [...sound, recorded(9)], `wear-1/${session}/9`],
  ['foreign', [...sound.slice(1), recorded(0, 41)], `wear-1/${session}/0`],
] as const)('names what is %s', (kind, record, identity) => {
  expect(compareWith([sensor], record)[kind]).toEqual([identity]);
});
