// SPDX-License-Identifier: Apache-2.0
/** Readings marked as wrong on the board: no longer drawn as the patient's, shown with who said so and why, provable as before; and taken back again, on record. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { correctCommand } from '../gateway/correct-command.ts';
import { dataPaths } from '../gateway/data-directory.ts';
import { readIdentity } from '../gateway/identity.ts';
import { proveCommand } from '../gateway/prove.ts';
import { readStationFile } from '../gateway/station-file.ts';
import { askGateway } from '../gateway/station-request.ts';
import { nodeCrypto } from '../ledger/crypto/node.ts';
import { verifyProof } from '../ledger/verify/index.ts';
import { dumpOf, searchDump } from './support/dump-search.ts';
import { runCommand } from './support/run-command.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const MINUTE_MS = 60_000;
const EVERY_MS = 3_000;
/** Long enough that no log of hashes holds it by chance. */
const NURSE = 'Ada Planted-Nurse';
const WHY = 'sensor was on the neighbour';
const WHY_BACK = 'it was the wrong hour';
/** Drawn in this time, and then marked as wrong. */
const WRONG_MS = { fromAgo: 40 * MINUTE_MS, toAgo: 30 * MINUTE_MS };

describe.skipIf(NO_BROWSER)(`a correction${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Page;
  let now: number;
  const chart = (marked = false) =>
    page.getByRole('region', { name: marked ? /^SpO₂.*marked as wrong/ : /^SpO₂[^w]*$/ });
  const localText = (ms: number) =>
    page.evaluate((at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19), ms);
  const pick = async (marked: boolean, key: 'Home' | 'End') => {
    await chart(marked).getByRole('slider').press(key);
    return (await chart(marked).getByRole('slider').getAttribute('aria-valuetext')) ?? '';
  };

  /** Chooses a reading of the patient's own line that says 81 %, if there is one. */
  const pickWrong = async () => {
    const slider = chart().getByRole('slider');
    await slider.press('End');
    for (let left = 1; left > 0; left = Number(await slider.getAttribute('aria-valuenow'))) {
      if ((await slider.getAttribute('aria-valuetext'))?.startsWith('81 %')) return true;
      await slider.press('PageUp');
    }
    return false;
  };

  beforeAll(async () => {
    ward = await openWard({
      devices: { 'oxi-1': EVERY_MS },
      toml: 'beds = ["1", "2"]\njournal = { reserveBytes = 1048576 }',
    });
    now = Date.now();
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', now - 70 * MINUTE_MS);
    const sensor = ward.wearable('oxi-1');
    for (let at = now - 55 * MINUTE_MS; at < now; at += EVERY_MS) {
      const isWrong = at >= now - WRONG_MS.fromAgo && at <= now - WRONG_MS.toAgo;
      await sensor.room();
      sensor.publish([vitalRecord('spo2', '%', isWrong ? 81 : 97)], at);
    }
    await sensor.settled();
    page = await ward.newPage();
    await page.goto(ward.station.claim ?? '');
    await page.getByLabel('Your name').fill(NURSE);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Bed 1:' }).press('Enter');
    await page.getByRole('button', { name: 'Trend', exact: true }).press('Enter');
    await chart().locator('canvas').waitFor();
  });
  afterAll(() => ward?.[Symbol.asyncDispose]());

  it('is asked for by the nurse, with a reason in words', async () => {
    await chart().getByRole('button', { name: 'Mark as wrong' }).press('Enter');
    await page.getByLabel('From').fill(await localText(now - WRONG_MS.fromAgo));
    await page.getByLabel('Until').fill(await localText(now - WRONG_MS.toAgo));
    await page.getByLabel('What is wrong').selectOption('They belong to another patient');
    await page.getByLabel('Why, in your words').fill(WHY);
    await page.getByRole('button', { name: 'Mark as wrong' }).last().press('Enter');
    await chart(true).locator('canvas').waitFor();
  });

  it('takes the readings out of the patient’s line, which says why it is broken', async () => {
    expect(await pickWrong()).toBe(false);
    expect(await chart().locator('.holes').innerText()).toContain('readings were marked as wrong');
    const said = await chart().locator('.corrections').innerText();
    expect(said).toContain(`of another patient, says ${NURSE}`);
    expect(said).toContain(WHY);
  });

  it('keeps the originals in sight beside it, and each is proved as before', async () => {
    expect(await pick(true, 'Home')).toMatch(/^81 %/);
    expect(await pick(true, 'End')).toMatch(/^81 %/);
    await chart(true).getByRole('slider').press('Enter');
    const proof = page.locator('.proof');
    await proof.getByText('This reading is in the record, unchanged').waitFor();
    const said = await proof.innerText();
    expect(said).toContain(`Marked as another patient’s by ${NURSE}`);
    expect(said).toContain(WHY);
    expect(said.indexOf('Marked as')).toBeLessThan(said.indexOf('Holds:'));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      proof.getByRole('button', { name: 'Save the proof file' }).press('Enter'),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    const { vkey } = await readIdentity(dataPaths(ward.rig.directory).identity);
    expect(verifyProof(text, vkey, nodeCrypto)).toMatchObject({
      ok: true,
      reading: { value: { mantissa: 81, exponent: 0 } },
      corrected: { by: NURSE, why: WHY, reason: 'another-patient' },
    });
    await proof.getByRole('button', { name: 'Close the proof' }).press('Enter');
  });

  it('says nothing of the kind in the proof of a reading that nobody marked', async () => {
    await pick(false, 'Home');
    await chart().getByRole('slider').press('Enter');
    const proof = page.locator('.proof');
    await proof.getByText('This reading is in the record, unchanged').waitFor();
    expect(await proof.innerText()).not.toContain('Marked as');
  });

  const at = (ago: number) => new Date(now - ago * MINUTE_MS).toISOString();
  const proofAt = async (ago: number) => {
    const { vkey } = await readIdentity(dataPaths(ward.rig.directory).identity);
    const asked = ['--bed', '1', '--vital', 'spo2', '--at', at(ago), '--data', ward.rig.directory];
    const { code, said } = await runCommand(proveCommand, ...asked);
    expect(code).toBe(0);
    return verifyProof(`${said}\n`, vkey, nodeCrypto);
  };

  it('goes with the proof that the command line makes, for a reading that it covers', async () => {
    expect(await proofAt(35)).toMatchObject({ ok: true, corrected: { by: NURSE, why: WHY } });
    const unmarked = await proofAt(50);
    expect([unmarked.ok, unmarked.corrections]).toEqual([true, undefined]);
  });

  it('stands for everybody who asks the gateway, and in the log without a name or a word', async () => {
    const station = await readStationFile(dataPaths(ward.rig.directory).commandLine);
    const stay = ward.rig.gateway.dataPath.ward.mustHaveStay('1').id;
    const { result } = await askGateway(station!, { id: 'x', from: 'shell', by: 'test', command: 'corrections', stay });
    expect(result).toMatchObject({
      corrections: [{ by: NURSE, why: WHY, vital: 'spo2', reason: 'another-patient' }],
    });
    const dump = await dumpOf(dataPaths(ward.rig.directory).log);
    expect(searchDump(dump, { texts: [NURSE, WHY, stay], run: [81, 81, 81, 81, 81, 81] })).toEqual([]);
    expect(searchDump(Buffer.concat([dump, Buffer.from(WHY)]), { texts: [WHY], run: [1] })).not.toEqual([]);
  });

  it('is taken back with a reason: the readings are the patient’s again, and who did what is said beside them', async () => {
    const opener = chart().getByRole('button', { name: 'Take back what was marked from' });
    await opener.press('Enter');
    await page.locator(':focus', { hasText: /^Take this mark back$/ }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await page.locator(':focus[aria-label^="Take back what was marked from "]').waitFor();
    await opener.press('Enter');
    await page.getByLabel('Why, in your words').fill(WHY_BACK);
    await page.getByRole('button', { name: 'Take back', exact: true }).press('Enter');
    await page.getByRole('status').getByText('the mark was taken back').waitFor();
    await page.locator(':focus[role="status"]').waitFor();
    const said = chart().locator('.corrections');
    await said.getByText(`Taken back by ${NURSE}`).waitFor();
    expect(await said.innerText()).toContain(WHY);
    expect(await said.innerText()).toContain(WHY_BACK);
    expect([await said.getByRole('button').count(), await chart(true).count()]).toEqual([0, 0]);
    expect(await pickWrong()).toBe(true);
    expect(await chart().innerText()).not.toContain('readings were marked as wrong');
  });

  it('is said in the proof of the reading as taken back, here and by the command line', async () => {
    expect(await proofAt(35)).toMatchObject({
      ok: true,
      takenBack: [{ by: NURSE, why: WHY, withdrawn: { by: NURSE, why: WHY_BACK } }],
    });
    expect((await proofAt(35)).corrected).toBeUndefined();
    expect(await pickWrong()).toBe(true);
    await chart().getByRole('slider').press('Enter');
    const proof = page.locator('.proof');
    await proof.getByText('This reading is in the record, unchanged').waitFor();
    expect(await proof.getByRole('note').innerText()).toMatch(
      new RegExp(`^Marked as another patient’s by ${NURSE} .*Taken back by ${NURSE}`),
    );
    expect(await proof.innerText()).not.toContain('Do not take it for a value');
    await proof.getByRole('button', { name: 'Close the proof' }).press('Enter');
  });

  it('is not taken back twice, nor what is not there; who marked rightly after all marks again', async () => {
    const correct = (...flags: string[]) => runCommand(correctCommand, ...flags, '--data', ward.rig.directory);
    const listed = async () => (await correct('list', '--bed', '1')).said;
    const first = /^[0-9a-f]{32}/.exec(await listed())?.[0] ?? '';
    expect(await listed()).toMatch(new RegExp(`\\n {2}taken back by ${NURSE}, .*it was the wrong hour$`));
    const back = ['--why', 'no, it was right'];
    expect(await correct('--withdraw', first, ...back)).toMatchObject({
      code: 1,
      said: expect.stringContaining('CORRECTION_WITHDRAWN'),
    });
    expect(await correct('--withdraw', '0'.repeat(32), ...back)).toMatchObject({
      code: 1,
      said: expect.stringContaining('CORRECTION_UNKNOWN'),
    });
    const range = ['--from', at(40), '--to', at(30), '--vital', 'spo2', '--reason', 'in-error', '--why', WHY];
    expect((await correct('--bed', '1', ...range)).code).toBe(0);
    expect((await proofAt(35)).corrected).toMatchObject({ reason: 'in-error' });
    const second = /^[0-9a-f]{32}/.exec(await listed())?.[0] ?? '';
    expect(second).not.toBe(first);
    expect(await correct('--withdraw', second, ...back)).toMatchObject({ code: 0 });
    expect((await proofAt(35)).takenBack).toHaveLength(2);
  });

  it('is taken back in the log without a name or a word', async () => {
    const dump = await dumpOf(dataPaths(ward.rig.directory).log);
    expect(searchDump(dump, { texts: [NURSE, WHY_BACK, 'no, it was right'], run: [81, 81, 81, 81] })).toEqual([]);
  });

  it('left nothing in the console', () => expect(ward.complaints).toEqual([]));
});
