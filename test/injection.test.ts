// SPDX-License-Identifier: Apache-2.0
/**
 * Script in every text that a device or a person can set: each either is refused, or stands on the page as text. Looked for in the page's
 * own tree, so that a content policy that would stop the script cannot hide that it got in.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VirtualWearable } from '../devices/sim/virtual-wearable.ts';
import { dataPaths } from '../gateway/data-directory.ts';
import { readStationFile } from '../gateway/station-file.ts';
import { askGateway } from '../gateway/station-request.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const NAME = `<img src=x onerror="owned()">'"&amp;`;
/** As long as a bed's name may be. */
const BED = '<svg onload=o()>';
const PERSON = '<iframe srcdoc="<script>owned()</script>">';
/** Elements that only an injected text makes, and attributes that Lamplight never writes. */
const FOREIGN =
  'img, iframe, object, script:not([src]), base, [srcdoc], [onerror], [onload], [onclick], a[href^="javascript:"]';

describe.skipIf(NO_BROWSER)(`a hostile text${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Page;
  let sensor: VirtualWearable;
  const foreign = () => page.locator(FOREIGN).count();
  const open = async (name: string | RegExp) => page.getByRole('button', { name }).first().press('Enter');

  beforeAll(async () => {
    ward = await openWard({
      devices: { 'oxi-1': 5000 },
      toml: `ward = '''${PERSON}'''\nbeds = ['${BED}', "2"]\njournal = { reserveBytes = 1048576 }`,
    });
    await admitSince(ward.rig, BED, NAME, 'oxi-1', Date.now() - 60_000);
    sensor = ward.wearable('oxi-1');
    sensor.publish([vitalRecord('spo2', '%', 97)]);
    await sensor.settled();
    page = await ward.newPage();
    await page.goto(ward.station.claim ?? '');
  });
  afterAll(() => ward?.[Symbol.asyncDispose]());

  it('is found by this test once it is markup', async () => {
    const control = await ward.browser.newPage();
    await control.setContent(`<p></p>`);
    for (const text of [NAME, BED, PERSON]) {
      await control.evaluate(`document.body.innerHTML = ${JSON.stringify(text)}`);
      expect(await control.locator(FOREIGN).count(), text).toBeGreaterThan(0);
    }
    await control.close();
  });

  it('as an account’s name is refused in words', async () => {
    await page.getByLabel('Your name').fill(NAME);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await foreign()).toBe(0);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('article').first().waitFor();
  });

  it('as the name of ward, bed and patient is text in the bar, on the tile, in the bed’s window and in the trend', async () => {
    await page.locator('.bar').getByText(PERSON).waitFor();
    const tile = page.getByRole('article').first();
    await tile.getByText(NAME).waitFor();
    expect(await tile.innerText()).toContain(BED);
    await open(/onload/);
    const dialog = page.getByRole('dialog');
    await dialog.getByText(NAME).first().waitFor();
    expect(await foreign()).toBe(0);
    await dialog.getByRole('button', { name: 'Trend', exact: true }).press('Enter');
    await page.getByRole('region', { name: /^SpO₂/ }).waitFor();
    expect(await page.getByRole('dialog').innerText()).toContain(BED);
    expect(await foreign()).toBe(0);
    await page.keyboard.press('Escape');
  });

  it('as whoever asked for history is text in the access log', async () => {
    // Somebody with the station's own credential may claim any name: the gateway keeps it, and the auditor sees it as it is.
    const station = await readStationFile(dataPaths(ward.rig.directory).commandLine);
    const stay = ward.rig.gateway.dataPath.ward.mustHaveStay(BED).id;
    const range = { fromMs: 0, toMs: Date.now() };
    const asked = { command: 'log-access', stay, ...range, purpose: 'export' } as const;
    const answer = await askGateway(station!, { id: 'x', from: 'shell', by: PERSON, ...asked });
    expect(answer).toMatchObject({ ok: true });
    await giveEveryRole(page);
    await page.reload();
    await open(/^Access log$/);
    await page.getByRole('cell', { name: PERSON }).waitFor();
    expect(await page.getByRole('combobox').innerText()).toContain(BED);
    expect(await foreign()).toBe(0);
  });

  it('is nothing but text on the pages of technician and administrator', async () => {
    for (const [name, sight] of [
      ['Devices', BED],
      ['Accounts', 'Ada'],
      ['Operation', 'Journal'],
    ] as const) {
      await open(name);
      await page.getByText(sight).first().waitFor();
      expect(await foreign(), name).toBe(0);
    }
    await open('Accounts');
    await page.getByRole('textbox', { name: 'Name' }).fill(NAME);
    await page.keyboard.press('Enter');
    await page.locator('section').getByRole('alert').getByText('The name is taken or holds').waitFor();
    expect(await foreign()).toBe(0);
  });

  it('in the address of an invitation is text', async () => {
    const stranger = await ward.newPage();
    await stranger.goto(new URL(`/claim#token/${encodeURIComponent(PERSON)}`, ward.station.url).href);
    await stranger.getByText(PERSON).first().waitFor();
    expect(await stranger.locator(FOREIGN).count()).toBe(0);
    await stranger.close();
  });

  it('from a device is refused, and what it sends next is shown', async () => {
    await open('Ward');
    sensor.publish([{ ...vitalRecord('spo2', '%', 91), vital: NAME }]);
    sensor.publish([{ ...vitalRecord('spo2', '%', 92), unit: BED }]);
    sensor.publish([vitalRecord('spo2', '%', 98)]);
    await page.locator('[data-vital="spo2"]').getByText('98').waitFor();
    expect(await foreign()).toBe(0);
  });

  it('ran nowhere', async () => {
    expect(await page.title()).toBe('Lamplight');
    // A policy that had to stop something would have said so here.
    expect(ward.complaints.filter((complaint) => !/status of 4\d\d/.test(complaint))).toEqual([]);
  });
});

async function giveEveryRole(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json', 'x-lamplight': '1' };
    const body = JSON.stringify({ roles: ['nurse', 'technician', 'administrator', 'auditor'] });
    await fetch('/accounts/Ada/roles', { method: 'POST', headers, body });
  });
}
