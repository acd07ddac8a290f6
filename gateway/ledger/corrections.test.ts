// SPDX-License-Identifier: Apache-2.0
/** Corrections through the ledger of a gateway: said, told, taken back once; and nothing taken back that is not there. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { correctionsOf, recordCorrection, withdrawCorrection } from './corrections.ts';
import { type LocalLedger, openLocalLedger } from './local-ledger.ts';
import { type LedgerBench, openLedgerBench } from './testing/ledger-bench.ts';

const [STAY, OTHER] = ['ab', 'cd'].map((byte) => byte.repeat(16)) as [string, string];
const by = (name: string) => ({ id: '1', from: 'desk', by: name }) as const;
const correct = { ...by('Ada'), command: 'correct', stay: STAY, fromMs: 10, toMs: 20 } as const;
let bench: LedgerBench;
let ledger: LocalLedger;
beforeEach(async () => {
  bench = await openLedgerBench();
  ledger = await openLocalLedger(bench.options());
  await recordCorrection(ledger, { ...correct, reason: 'in-error', why: 'sensor fell off' });
  await recordCorrection(ledger, { ...correct, reason: 'another-patient', vital: 'spo2', why: 'the neighbour' });
});
afterEach(() => bench[Symbol.asyncDispose]());

const withdraw = (correction: string, rest: { stay?: string } = {}) =>
  withdrawCorrection(ledger, {
    ...{ ...by('Ben'), command: 'withdraw-correction', correction, why: 'the wrong hour' },
    ...rest,
  });
const idOf = async (reason: string) =>
  (await correctionsOf(ledger, STAY)).find((one) => one.reason === reason)?.correction ?? '';

it('tells what was said, and by whom it was taken back, with an entry of the log for each', async () => {
  await withdraw(await idOf('in-error'), { stay: STAY });
  const told = await correctionsOf(ledger, STAY);
  const [taken, standing] = ['in-error', 'another-patient'].map((reason) => told.find((one) => one.reason === reason));
  expect(taken).toMatchObject({ by: 'Ada', vital: null, withdrawn: { by: 'Ben', why: 'the wrong hour' } });
  expect(taken?.entries.map(({ entry }) => entry)).toEqual([bench.size() - 3, bench.size() - 1]);
  expect(standing).toMatchObject({ vital: 'spo2', withdrawn: null, entries: [{ entry: bench.size() - 2 }] });
  expect(await correctionsOf(ledger, OTHER)).toEqual([]);
});

it('takes back once, and leaves no trace of what is refused', async () => {
  const id = await idOf('in-error');
  await withdraw(id);
  const size = bench.size();
  await expect(withdraw(id)).rejects.toMatchObject({ code: 'CORRECTION_WITHDRAWN' });
  await expect(withdraw('00'.repeat(16))).rejects.toMatchObject({ code: 'CORRECTION_UNKNOWN' });
  await expect(withdraw(await idOf('another-patient'), { stay: OTHER })).rejects.toMatchObject({
    code: 'CORRECTION_UNKNOWN',
  });
  expect(bench.size()).toBe(size);
  expect((await correctionsOf(ledger, STAY)).filter(({ withdrawn }) => withdrawn)).toHaveLength(1);
});

it('is read from the log again at the next start', async () => {
  await withdraw(await idOf('in-error'));
  const told = await correctionsOf(ledger, STAY);
  expect(await correctionsOf(await openLocalLedger(bench.options()), STAY)).toEqual(told);
});
