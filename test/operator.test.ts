// SPDX-License-Identifier: Apache-2.0
/** The operator's page in front of a real gateway: true figures, no value of a patient, and words when the gateway does not answer. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Operations } from '../dashboard/operations.ts';
import { NO_FAULTS } from '../devices/sim/faults.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const HEAD_MS_MAX = 20_000;
/** The gateway tells every 5 s, and the page asks as often. */
const NEWS_MS_MAX = 15_000;

describe.skipIf(NO_BROWSER)(`the operator’s page${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Awaited<ReturnType<Ward['newPage']>>;
  beforeAll(async () => {
    ward = await openWard({ devices: { 'oxi-1': 5000, 'oxi-2': 200, 'oxi-9': 1000 } });
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', Date.now() - 60_000);
    const sensor = ward.wearable('oxi-1');
    sensor.publish([vitalRecord('spo2', '%', 9683, -2), vitalRecord('pulseRate', '/min', 17_383, -2)], Date.now(), 80);
    await sensor.settled();
    page = await ward.newPage();
    await page.goto(ward.station.claim ?? '');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Operation', exact: true }).press('Enter');
  });
  afterAll(() => ward?.[Symbol.asyncDispose]());

  const figure = (what: string) => page.getByRole('row', { name: new RegExp(`^${what}`) }).getByRole('cell');
  /** What stands in the row of a device under that heading. */
  const cell = async (device: string, heading: string) => {
    const table = page.getByRole('table', { name: 'Devices' });
    const column = (await table.getByRole('columnheader').allTextContents()).indexOf(heading);
    // The first column is the head of the row.
    const row = table.getByRole('row', { name: new RegExp(`^${device}`) });
    return row
      .getByRole('cell')
      .nth(column - 1)
      .textContent();
  };

  it('says that all is well, with the figures of this gateway', async () => {
    // Until the page has asked after everything that was sent.
    await vi.waitFor(async () => {
      expect(await page.getByText('All is well').count()).toBe(1);
      expect(await figure('Readings taken').textContent()).toBe('2');
      expect(await figure('Connected devices').textContent()).toBe('1');
      expect(await figure('Journal').textContent()).toMatch(/^[1-9]\d* rows/);
      expect(await figure('Record').textContent()).toBe('1 open batches');
      expect(await figure('Disk').textContent()).toMatch(/^\d+ % used/);
      expect(await page.getByRole('row', { name: /^oxi-1/ }).textContent()).toContain('connected');
      expect(await page.getByRole('row', { name: /^oxi-9/ }).textContent()).toContain('never');
    }, NEWS_MS_MAX);
  });

  it('says of each device what it sent again and left out since the start, and how full its battery is', async () => {
    const sensor = ward.wearable('oxi-2', { ...NO_FAULTS, duplicate: 1 });
    for (let n = 0; n < 3; n++) sensor.publish([vitalRecord('spo2', '%', 9683, -2)], Date.now(), 22 - n);
    await sensor.settled();
    await vi.waitFor(async () => {
      expect(await cell('oxi-2', 'Resent readings since start')).toBe('3');
      // It was silent from the start of the gateway on.
      expect(Number(await cell('oxi-2', 'Gaps since start'))).toBeGreaterThan(0);
    }, NEWS_MS_MAX);
    expect(await cell('oxi-9', 'Resent readings since start')).toBe('0');
    expect(await cell('oxi-2', 'Battery')).toMatch(/^low: 20\u00a0%, \d+ s ago$/);
    expect(await cell('oxi-1', 'Battery')).toMatch(/^80\u00a0%, .* ago$/);
    expect(await cell('oxi-9', 'Battery')).toBe('not told');
  });

  it('shows the head that the log has signed', async () => {
    await ward.rig.gateway.dataPath.change((beds) => beds.discharge('1', Date.now()));
    const url = `http://127.0.0.1:${ward.rig.gateway.operationsPort}/log/checkpoint`;
    // The page asks every few seconds.
    await vi.waitFor(async () => {
      const head = await fetch(url);
      expect(head.status).toBe(200);
      const [, size, root = ''] = (await head.text()).split('\n');
      expect(await figure('Published head covers').textContent()).toBe(size);
      expect(await figure('Root').textContent()).toBe(`${root.slice(0, 12)}…`);
    }, HEAD_MS_MAX);
    expect(await figure('Head signed').textContent()).toMatch(/ago$/);
  });

  it('holds no value and no patient, neither shown nor sent', async () => {
    const sent = await page.evaluate(async () => (await fetch('/operator')).text());
    const { operations } = JSON.parse(sent) as { operations: Operations };
    expect(operations.health.ok).toBe(true);
    for (const text of [sent, await page.locator('main').textContent()]) {
      // Values that no count, age or part of a hash is by chance.
      expect(text).not.toMatch(/Meier|spo2|SpO₂|96[.,]83|173[.,]83/);
    }
  });

  it('says so when the gateway does not answer', async () => {
    await ward.rig.stop();
    await page.getByText('The gateway does not answer').waitFor({ timeout: NEWS_MS_MAX });
    expect(await page.getByText('All is well').count()).toBe(0);
    expect(ward.complaints).toEqual([]);
  });
});
