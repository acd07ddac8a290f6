// SPDX-License-Identifier: Apache-2.0
/** Two nurses at once: while one has a dialog open, the ward goes on. What she does then meets the patient she saw, or nobody. */
import { randomUUID } from 'node:crypto';
import type { Page, WebSocket } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../gateway/data-directory.ts';
import { readStationFile } from '../gateway/station-file.ts';
import { askGateway } from '../gateway/station-request.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const BEDS = ['1', '2', '3', 'Room 4'];
const WARD_MESSAGE_MS_MAX = 10_000;

describe.skipIf(NO_BROWSER)(`two nurses at once${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Page;
  let feed: WebSocket;

  const dialog = () => page.getByRole('dialog');
  const tile = (bed: string) => page.getByRole('article', { name: `Bed ${bed}:` });
  const press = (name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' }).press('Enter');
  /** What the other nurse does, at another screen. */
  const other = async (command: object) => {
    const station = await readStationFile(dataPaths(ward.rig.directory).commandLine);
    const request = { id: randomUUID(), from: station!.name, by: 'Grace', ...command } as Parameters<
      typeof askGateway
    >[1];
    expect(await askGateway(station!, request)).toMatchObject({ ok: true });
  };

  beforeAll(async () => {
    ward = await openWard({
      devices: { 'oxi-1': 1000 },
      toml: `beds = ${JSON.stringify(BEDS)}\njournal = { reserveBytes = 1048576 }`,
    });
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', Date.now() - 60_000);
    const sensor = ward.wearable('oxi-1');
    sensor.publish([vitalRecord('spo2', '%', 97)]);
    await sensor.settled();
    page = await ward.newPage();
    const opened = page.waitForEvent('websocket');
    await page.goto(ward.station.claim ?? '');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    feed = await opened;
    await tile('1').getByText('97').waitFor();
  });
  afterAll(() => ward?.[Symbol.asyncDispose]());

  it('a form keeps what was typed while the ward goes on', async () => {
    await press(/^Bed 1:/);
    await press('Trend');
    await page.getByRole('region', { name: /^SpO₂/ }).locator('canvas').waitFor();
    await press('Mark as wrong');
    await page.getByLabel('From').fill('2026-11-20T10:11:12');
    await feed.waitForEvent('framereceived', {
      predicate: ({ payload }) => String(payload).includes('"type":"ward"'),
      timeout: WARD_MESSAGE_MS_MAX,
    });
    // Until the page has drawn what it heard.
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    expect(await page.getByLabel('From').inputValue()).toBe('2026-11-20T10:11:12');
  });

  it('history says in which bed the patient is now', async () => {
    await dialog().getByRole('heading', { name: 'Trend: Bed 1: Meier A.' }).waitFor();
    await other({ command: 'transfer', bed: '1', to: '2' });
    await dialog().getByRole('heading', { name: 'Trend: Bed 2: Meier A.' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('a bed that is taken meanwhile is not replaced by another in silence', async () => {
    await press(/^Bed 2:/);
    await press('Move to another bed');
    await page.getByLabel('New bed').selectOption('3');
    await other({ command: 'admit', bed: '3', name: 'Schulz' });
    await page.getByLabel('New bed').getByText('Taken by now').waitFor({ state: 'attached' });
    await press('Move');
    expect(await page.getByLabel('New bed').evaluate((element) => element.matches(':invalid'))).toBe(true);
    await page.keyboard.press('Escape');
    await tile('2').getByText('Meier A.').waitFor();
  });

  it('another patient in the same bed is not discharged', async () => {
    await page.route('**/discharge', async (route) => {
      await other({ command: 'discharge', bed: '3' });
      await other({ command: 'admit', bed: '3', name: 'Yilmaz' });
      await route.continue();
    });
    await press(/^Bed 3:/);
    await press('Discharge');
    const answered = page.waitForResponse('**/discharge');
    await press('Yes, discharge');
    expect([(await answered).status(), (await (await answered).json()).code]).toEqual([409, 'STAY_CHANGED']);
    await tile('3').getByText('Yilmaz').waitFor();
  });

  it('a bed whose name has a space has that name for a screen reader too', async () => {
    await page.keyboard.press('Escape');
    expect(await tile('Room 4').count()).toBe(1);
  });
});
