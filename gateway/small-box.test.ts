// SPDX-License-Identifier: Apache-2.0
/** Node takes the settings of a small box, and a large one is left alone. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { nodeSettings, SMALL_BOX } from './small-box.ts';

it('tells a small box from a large one', () => {
  expect(nodeSettings(3.8 * 2 ** 30)).toBe(SMALL_BOX);
  expect(nodeSettings(8 * 2 ** 30)).toEqual({ flags: [], env: {} });
});

it('is what this Node understands', () => {
  const program = 'console.log(Math.round(require("node:v8").getHeapStatistics().heap_size_limit / 2 ** 20))';
  const env = { ...process.env, ...SMALL_BOX.env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...SMALL_BOX.flags, '-e', program], { env });
  expect([status, stderr.toString()]).toEqual([0, '']);
  expect(Number(stdout.toString())).toBeLessThan(150);
});
