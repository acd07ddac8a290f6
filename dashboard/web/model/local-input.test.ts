// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { localInput, timeOfInput } from './local-input.ts';

it('writes local time as an input takes it', () => {
  expect(localInput(new Date(2026, 10, 21, 8, 5, 9).getTime())).toBe('2026-11-21T08:05:09');
  expect(timeOfInput('no time')).toBeNaN();
});

test.prop([fc.integer({ min: 0, max: 4_000_000_000 })])('gives back the second that went in', (second) => {
  fc.pre(new Date(second * 1000).getTimezoneOffset() === new Date(second * 1000 + 7_200_000).getTimezoneOffset());
  expect(timeOfInput(localInput(second * 1000))).toBe(second * 1000);
});
