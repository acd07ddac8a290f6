// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { DASHBOARD_ERRORS } from '../../errors.ts';
import { deProblems } from './de-problems.ts';

it('has German words for everything that a station tells a page', () => {
  const told = Object.entries(DASHBOARD_ERRORS).flatMap(([code, entry]) => ('status' in entry ? [code] : []));
  expect(told.length).toBeGreaterThan(15);
  expect(told.filter((code) => deProblems[code] === undefined)).toEqual([]);
});
