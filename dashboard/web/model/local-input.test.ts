// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { comesTwice, localInput, timeOfInput } from './local-input.ts';

const MINUTE_MS = 60_000;

it('writes local time as an input takes it', () => {
  expect(localInput(new Date(2026, 10, 21, 8, 5, 9).getTime())).toBe('2026-11-21T08:05:09');
  expect(timeOfInput('no time', 0)).toBeNaN();
  expect(timeOfInput('', 0)).toBeNaN();
});

describe.each(['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata'])('in %s', (zone) => {
  beforeAll(() => void vi.stubEnv('TZ', zone));
  afterAll(() => void vi.unstubAllEnvs());

  test.prop([fc.integer({ min: 0, max: 4_000_000_000 })])('gives back the second that went in', (second) => {
    expect(timeOfInput(localInput(second * 1000), second * 1000)).toBe(second * 1000);
  });
});

describe('when clocks are set back', () => {
  beforeAll(() => void vi.stubEnv('TZ', 'Europe/Berlin'));
  afterAll(() => void vi.unstubAllEnvs());
  /** 02:30 in winter time; an hour before, it was 02:30 in summer time. */
  const second = Date.UTC(2026, 9, 25, 1, 30);
  const first = Date.UTC(2026, 9, 25, 0, 30);

  it('takes of two equal times the one on the side of the chosen reading', () => {
    expect(localInput(first)).toBe(localInput(second));
    expect(timeOfInput('2026-10-25T02:30:00', second)).toBe(second);
    expect(timeOfInput('2026-10-25T02:30', first)).toBe(first);
    // Without the chosen reading a browser means the first: the control of this test.
    expect(new Date('2026-10-25T02:30').getTime()).toBe(first);
  });

  it('knows a time across the change by itself', () => {
    expect(timeOfInput('2026-10-25T01:59', second)).toBe(first - 31 * MINUTE_MS);
    expect(timeOfInput('2026-10-25T03:00', first)).toBe(second + 30 * MINUTE_MS);
  });

  it('says which times come twice', () => {
    expect([first, second].map(comesTwice)).toEqual([true, true]);
    expect([first - 31 * MINUTE_MS, second + 30 * MINUTE_MS].map(comesTwice)).toEqual([false, false]);
  });
});
