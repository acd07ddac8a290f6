// SPDX-License-Identifier: Apache-2.0
/** kill -9 at random moments under load: what was acknowledged stands in the record once, and the log is clean each time (I1). */
import { expect, it } from 'vitest';
import { killLoop } from '../support/kill-loop.ts';
import { SOUND } from '../support/record-check.ts';

const KILLS = 10;
const SEED = 20_261_121;

it(`keeps every acknowledged reading once over ${KILLS} kills at 2,000 readings a second from 32 devices`, async () => {
  const { findings, damagedAfter, acknowledged } = await killLoop(KILLS, SEED);
  expect(findings).toMatchObject(SOUND);
  expect(damagedAfter).toEqual([]);
  expect(acknowledged).toBeGreaterThan(0);
});
