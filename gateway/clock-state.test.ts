// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isClockSynchronised } from './clock-state.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'clock-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const says = (words: string) => ['sh', '-c', words] as const;
const SILENT = says('exit 1');

it.each([
  ['nobody knows', false, SILENT, undefined],
  ['there is no such program', false, ['no-such-program-here'] as const, undefined],
  ['the program speaks of something else', false, says('echo maybe'), undefined],
  ['the program fails after a word', false, says('echo yes; exit 1'), undefined],
  ['chrony keeps the time', false, says('echo yes'), true],
  ['nobody keeps the time', false, says('echo no'), false],
  ['timesyncd runs, and is not there yet', true, SILENT, false],
  ['timesyncd is stopped, chrony keeps the time', true, says('echo yes'), true],
] as const)('%s', async (_, hasFolder, program, expected) => {
  const folder = join(directory, 'timesync');
  if (hasFolder) mkdirSync(folder);
  expect(await isClockSynchronised({ folder, program })).toBe(expected);
});

it("timesyncd's own file is enough", async () => {
  writeFileSync(join(directory, 'synchronized'), '');
  expect(await isClockSynchronised({ folder: directory, program: SILENT })).toBe(true);
});
