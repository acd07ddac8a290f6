// SPDX-License-Identifier: Apache-2.0
/** Which corrections go with the proof of a reading: never more than it has room for, and never without the one that stands. */
import { expect, it } from 'vitest';
import { correctionOver, MAX_CORRECTIONS, type RecordReading } from '../ledger/index.ts';
import type { ProvableCorrection } from './messages.ts';
import { saidOfReading } from './proof-of-reading.ts';

const READING = { vital: 'spo2', correctedMs: 15 } as RecordReading;

/** Number `n` in the log; one that was taken back has the next number as well. */
function said(n: number, isWithdrawn: boolean, toMs = 20): ProvableCorrection {
  const words = { by: 'Ada', why: 'off', atMs: n };
  const entries = (isWithdrawn ? [n, n + 1] : [n]).map((entry) => ({ entry, opening: '' }));
  const range = { correction: 'c', fromMs: 10, toMs, vital: null, reason: 'in-error' } as const;
  return { ...range, ...words, withdrawn: isWithdrawn ? words : null, entries };
}
const shown = (all: readonly ProvableCorrection[]) => saidOfReading(all, READING).map(({ atMs }) => atMs);

it('shows what was said of the reading, taken back or not, in the order of the log', () => {
  expect(shown([said(9, false), said(3, true), said(1, false), said(5, false, 14)])).toEqual([1, 3, 9]);
});

it('fits the room, the newest first', () => {
  const standing = Array.from({ length: 40 }, (_, n) => said(n, false));
  expect(shown(standing)).toEqual(Array.from({ length: MAX_CORRECTIONS }, (_, i) => 24 + i));
  const taken = Array.from({ length: 20 }, (_, n) => said(2 * n, true));
  expect(saidOfReading(taken, READING).flatMap(({ entries }) => entries)).toHaveLength(MAX_CORRECTIONS);
});

it('always shows the one that stands, however many newer ones were taken back', () => {
  const all = [said(0, false), ...Array.from({ length: 20 }, (_, n) => said(2 * n + 1, true))];
  const proof = saidOfReading(all, READING);
  expect(correctionOver(proof, READING)?.atMs).toBe(0);
  expect(proof.flatMap(({ entries }) => entries).length).toBeLessThanOrEqual(MAX_CORRECTIONS);
});
