// SPDX-License-Identifier: Apache-2.0
/** Beds of the synthetic ward: one patient each, whatever devices stand beside it. */
import { describe, expect, it } from 'vitest';
import { batteryAt, patientOf } from './ward.ts';

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

describe('batteryAt', () => {
  const HOUR_MS = 3_600_000;
  const week = Array.from({ length: 24 * 7 }, (_, hour) => batteryAt(1, 'wear-1', 1.7e12 + hour * HOUR_MS));

  it('goes down by 2 % an hour, from 100 % at most, and is charged before it is empty', () => {
    const steps = new Set(week.slice(1).map((percent, hour) => percent - week[hour]!));
    expect(steps).toEqual(new Set([-2, 95]));
    expect([Math.min(...week) >= 4, Math.max(...week) <= 100]).toEqual([true, true]);
  });
  it('is the same for the same seed, and another for another device', () => {
    expect(batteryAt(1, 'wear-1', 1.7e12)).toBe(week[0]);
    expect(batteryAt(1, 'wear-2', 1.7e12)).not.toBe(week[0]);
  });
});
