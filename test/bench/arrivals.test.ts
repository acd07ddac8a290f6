// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';

it('counts what a newer reading overtook as arrived with it, and nothing that never came', () => {
  const arrivals = new Arrivals();
  for (const [measuredMs, sentMs] of [
    [1000, 0],
    [2000, 10],
    [3000, 20],
  ] as const)
    arrivals.sent('bed-1', 'spo2', measuredMs, sentMs);
  arrivals.sent('bed-2', 'spo2', 1000, 5);
  arrivals.arrived('bed-1', 'spo2', 2000, 100);
  arrivals.arrived('bed-1', 'heartRate', 9000, 100);
  arrivals.arrived('bed-1', 'spo2', 1000, 200);
  expect(arrivals.latenciesMs).toEqual([100, 90]);
  expect(arrivals.overtaken).toBe(1);
  expect(arrivals.missing).toBe(2);
});
