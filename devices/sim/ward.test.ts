// SPDX-License-Identifier: Apache-2.0
/** Beds of the synthetic ward: one patient each, whatever devices stand beside it. */
import { describe, expect, it } from 'vitest';
import { patientOf } from './ward.ts';

const read = (seed: number, handle: string) =>
  Array.from(
    { length: 20 },
    (_, minute) => patientOf(seed, handle).read('temperature', 1.7e12 + minute * 60_000).mantissa,
  );

describe('patientOf', () => {
  it('gives wearable and oximeter of a bed the same patient, and other beds others', () => {
    expect(read(1, 'oxi-7')).toStrictEqual(read(1, 'wear-7'));
    expect(read(1, 'wear-8')).not.toStrictEqual(read(1, 'wear-7'));
  });
  it('gives the same patient for the same seed, and another for another', () => {
    expect(read(1, 'wear-1')).toStrictEqual(read(1, 'wear-1'));
    expect(read(2, 'wear-1')).not.toStrictEqual(read(1, 'wear-1'));
  });
});
