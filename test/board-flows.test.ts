// SPDX-License-Identifier: Apache-2.0
/** What a nurse does, with the keyboard alone, against a real gateway and a real station: admit, look back, prove, move, discharge. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDecimal } from '../devices/index.ts';
import { openRecording } from '../devices/sim/recording.ts';
import { readingsOfRow } from '../devices/sim/replay.ts';
import type { VirtualWearable } from '../devices/sim/virtual-wearable.ts';
import { nobleCrypto, verifyProof } from '../ledger/verify/index.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const RECORDINGS = fileURLToPath(new URL('../../shared/recordings/wfdb', import.meta.url));
const MINUTE_MS = 60_000;
const HOSTILE = '<img src=x onerror="document.title=1">';
/** 50 minutes at 20 a minute is a full batch of 1,000 readings, so most of the hour is sealed; ten minutes are a hole. */
const EVERY_MS = 3_000;
const HOLE_MS = [30 * MINUTE_MS, 20 * MINUTE_MS] as const;

describe.skipIf(NO_BROWSER)(`a nurse at the board${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Page;
  let oximeter: VirtualWearable;

  const tile = (bed: string) => page.getByRole('article', { name: `Bed ${bed}:` });
  const value = (bed: string, vital: string) => tile(bed).locator(`[data-vital="${vital}"] .value`);
  /** Presses Tab until the element has the focus: what cannot be reached so cannot be used. */
  const tabTo = async (name: string | RegExp, role: 'button' | 'slider' | 'combobox' | 'textbox' = 'button') => {
    const target = page.getByRole(role, { name, exact: typeof name === 'string' }).first();
    await target.waitFor();
    for (let presses = 0; presses < 200; presses++) {
      if (await target.evaluate((element) => element.matches(':focus'))) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${name}`);
  };
  const press = async (name: string | RegExp) => {
    await tabTo(name);
    await page.keyboard.press('Enter');
  };

  beforeAll(async () => {
    const devices = { 'oxi-1': 3000, 'rec-1': MINUTE_MS, 'oxi-9': 1000 };
    ward = await openWard({ devices, toml: 'beds = ["1", "2", "3", "4"]\njournal = { reserveBytes = 1048576 }' });
    const now = Date.now();
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', now - 70 * MINUTE_MS);
    oximeter = ward.wearable('oxi-1');
    for (let at = now - 55 * MINUTE_MS; at < now; at += EVERY_MS) {
      if (now - at < HOLE_MS[0] && now - at > HOLE_MS[1]) continue;
      await oximeter.room();
      oximeter.publish([vitalRecord('spo2', '%', 970, -1), vitalRecord('pulseRate', '/min', 72)], at);
    }
    await oximeter.settled();
    page = await ward.newPage();
  });
  afterAll(() => ward?.[Symbol.asyncDispose]());

  it('comes in by the claim link', async () => {
    await page.goto(ward.station.claim ?? '');
    await tabTo('Your name', 'textbox');
    await page.keyboard.type('Ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await tile('1').getByText('Meier A.').waitFor();
  });

  it('sees the values of a replayed patient as the recording has them, at three marked times', async (context) => {
    if (!existsSync(RECORDINGS)) context.skip('the recordings are missing');
    await admitSince(ward.rig, '2', 'Recorded', 'rec-1', Date.now() - 60 * MINUTE_MS);
    const recording = await openRecording(RECORDINGS, '3975656n');
    const player = ward.wearable('rec-1');
    for (const row of [300, 700, 1100]) {
      const rows = readingsOfRow(recording, row);
      player.publish(readingsOfRow(recording, row - 1), Date.now() - 1000);
      player.publish(rows, Date.now());
      for (const { vital, value: given } of rows) {
        if (!given || !['heartRate', 'spo2', 'respiratoryRate'].includes(vital)) continue;
        await value('2', vital).getByText(formatDecimal(given), { exact: true }).waitFor();
      }
    }
  });

  it('admits an unknown sensor in two steps, and a hostile name stays a text', async () => {
    const loose = ward.wearable('oxi-9');
    loose.publish([vitalRecord('spo2', '%', 91)]);
    await press(/oxi-9, not admitted/i);
    await press('Bed 3');
    await tile('3').getByText('Unknown patient').waitFor();
    loose.publish([vitalRecord('spo2', '%', 92)]);
    await value('3', 'spo2').getByText('92').waitFor();
    await press(/^Bed 4:/);
    await tabTo('Name (may stay empty)', 'textbox');
    await page.keyboard.type(HOSTILE);
    await press('Admit');
    await tile('4').getByText(HOSTILE).waitFor();
    expect([await page.locator('img').count(), await page.title()]).toEqual([0, 'Lamplight']);
  });

  it('moves a patient with the sensors, and discharges only after a question', async () => {
    await press(/^Bed 4:/);
    await press('Discharge');
    await press('Yes, discharge');
    await tile('4').getByText('Empty').waitFor();
    await press(/^Bed 3:/);
    await press('Move to another bed');
    await press('Move');
    await tile('4').getByText('Unknown patient').waitFor();
    await value('4', 'spo2').getByText('92').waitFor();
    await tile('3').getByText('Empty').waitFor();
  });

  it('looks back over an hour, and sees the hole with its reason', async () => {
    await press(/^Bed 1:/);
    await press('Trend');
    const chart = page.getByRole('region', { name: /^SpO₂/ });
    await chart.waitFor();
    await chart.locator('canvas').waitFor();
    expect(await chart.locator('.holes').innerText()).toMatch(
      /no readings; no reason is on record|the sensor was silent/,
    );
    const slider = chart.getByRole('slider');
    await tabTo(/^SpO₂.*choose/, 'slider');
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^97\.0 %, .*not sealed yet/);
    await page.keyboard.press('Home');
    expect(await slider.getAttribute('aria-valuetext')).not.toContain('not sealed');
  });

  it('has the proof of a reading checked in the browser, and saves it for lamplight verify', async () => {
    await page.keyboard.press('Enter');
    const proof = page.locator('.proof');
    await proof.getByText('This reading is in the record, unchanged').waitFor();
    expect(await proof.locator('.steps li').count()).toBe(13);
    expect(await proof.innerText()).not.toContain('FAILS');
    expect(await proof.innerText()).toContain('does not show that the sensor was on the right person');
    const download = page.waitForEvent('download');
    await press('Save the proof file');
    const text = await readFile(await (await download).path(), 'utf8');
    expect(verifyProof(text, ward.rig.vkey, nobleCrypto)).toMatchObject({ ok: true, reading: { device: 'oxi-1' } });
  });

  it('reads the same data in a table', async () => {
    const chart = page.getByRole('region', { name: /^SpO₂/ });
    await chart.locator('summary').press('Enter');
    await chart.getByRole('row').nth(5).waitFor();
    expect(await chart.getByRole('row').nth(1).innerText()).toMatch(/97\.0 %/);
  });

  it('changes the range, and comes back to the tile', async () => {
    for (const range of ['8 h', '24 h', '7 days']) {
      const answered = page.waitForResponse((response) => response.url().includes('/trend'));
      await press(range);
      expect((await answered).status()).toBe(200);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('[id="tile-bed/1"]:focus').waitFor();
  });

  it('opens the invitation of somebody else: no board is shown before one of the two is chosen', async () => {
    const invitation = new URL('/claim#token/Grace', ward.station.url).href;
    const other = await page.context().newPage();
    await other.goto(invitation);
    await other.getByText('Ada is signed in here. This link is for Grace.').waitFor();
    expect(await other.getByRole('article').count()).toBe(0);
    await other.getByRole('button', { name: 'Go on as Ada' }).press('Enter');
    await other.getByRole('article', { name: 'Bed 1:' }).waitFor();
    expect(other.url()).toBe(ward.station.url);
    await other.goto('about:blank');
    await other.goto(invitation);
    await other.getByRole('button', { name: 'Sign out and open the link' }).press('Enter');
    await other.getByText('Welcome, Grace.').waitFor();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.close();
  });

  it('left nothing in the console', () => expect(ward.complaints).toEqual([]));
});
