// SPDX-License-Identifier: Apache-2.0
/** Gateway and station lost in turn under an open board. What is asserted here is what docs/nurse.md tells the nurse, second by second. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRig } from './support/gateway-rig.ts';
import {
  admitSince,
  NO_BROWSER,
  openWard,
  PASSWORD,
  startStation,
  vitalRecord,
  type Ward,
} from './support/station-rig.ts';

const BEDS = { devices: { 'oxi-1': 1000 }, toml: 'beds = ["1", "2"]\njournal = { reserveBytes = 1048576 }' };
/** What the machine may add to the times of the guide. */
const SLACK_MS = 3_000;

describe.skipIf(NO_BROWSER)(`the board loses${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Page;
  let beating: ReturnType<typeof setInterval>;

  const cell = () => page.getByRole('article', { name: 'Bed 1:' }).locator('[data-vital="spo2"]');
  const alert = (words: string) => page.getByRole('alert').getByText(words);
  /** Milliseconds until something is seen. */
  const until = async (sight: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await sight();
    return performance.now() - startedMs;
  };
  const beat = () => {
    clearInterval(beating);
    const sensor = ward.wearable('oxi-1');
    beating = setInterval(() => sensor.publish([vitalRecord('spo2', '%', 97)]), 500);
  };

  beforeAll(async () => {
    ward = await openWard(BEDS);
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', Date.now() - 60_000);
    beat();
    page = await ward.newPage();
    await page.goto(ward.station.claim ?? '');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await cell().getByText('97').waitFor();
  });
  afterAll(async () => {
    clearInterval(beating);
    await ward?.[Symbol.asyncDispose]();
  });

  it('the gateway: two seconds to the banner, the number dimmed with its reason, history refused in words', async () => {
    expect(await cell().getAttribute('class')).toContain('live');
    await ward.rig.stop();
    expect(await until(() => alert('The gateway is not reached since').waitFor())).toBeLessThan(2_000 + SLACK_MS);
    await cell().getByText('no gateway').waitFor();
    expect(await cell().getAttribute('class')).toContain('dimmed');
    expect(await cell().innerText()).toContain('97');
    await page.getByRole('button', { name: 'Bed 1:' }).press('Enter');
    await page.getByRole('button', { name: 'Trend', exact: true }).press('Enter');
    await page.getByRole('dialog').getByText('cannot put the reading on record').waitFor();
    await page.keyboard.press('Escape');
  });

  it('and takes it up again by itself, two seconds after the gateway is back', async () => {
    ward.rig = await openRig({ ...BEDS, directory: ward.rig.directory, keep: true });
    beat();
    const backMs = await until(async () => {
      await page.locator('.cell.live[data-vital="spo2"]').getByText('97').waitFor();
      await alert('The gateway is not reached').waitFor({ state: 'detached' });
    });
    expect(backMs).toBeLessThan(2_000 + SLACK_MS);
  });

  it('the station: five seconds to the banner, and no number is left that could look alive', async () => {
    await ward.station[Symbol.asyncDispose]();
    const goneMs = await until(() => alert('THIS SCREEN IS NOT UPDATED since').waitFor());
    expect(goneMs).toBeLessThan(5_000 + SLACK_MS);
    expect(await cell().innerText()).toMatch(/---[\s\S]*not updated/);
    expect(await page.locator('.cell.live').count()).toBe(0);
    expect(await page.locator('.clock').innerText()).toBe('--:--:--');
  });

  it('and shows values again when it is back, with nobody signing in anew', async () => {
    ward.station = await startStation(ward.rig.directory, Number(new URL(ward.station.url).port));
    // A page asks again after ten seconds at most.
    await page
      .locator('.cell.live[data-vital="spo2"]')
      .getByText('97')
      .waitFor({ timeout: 10_000 + 2 * SLACK_MS });
    expect(await alert('THIS SCREEN').count()).toBe(0);
  });
});
