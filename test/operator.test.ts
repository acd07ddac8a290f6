// SPDX-License-Identifier: Apache-2.0
/** The operator's page in front of a real gateway: true figures, no value of a patient, and words when the gateway does not answer. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Operations } from '../dashboard/operations.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const HEAD_MS_MAX = 20_000;

describe.skipIf(NO_BROWSER)(`the operator’s page${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let page: Awaited<ReturnType<Ward['newPage']>>;
  beforeAll(async () => {
    ward = await openWard({ devices: { 'oxi-1': 5000, 'oxi-9': 1000 } });
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', Date.now() - 60_000);
    const sensor = ward.wearable('oxi-1');
    sensor.publish([vitalRecord('spo2', '%', 97), vitalRecord('pulseRate', '/min', 173)]);
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

  it('says that all is well, with the figures of this gateway', async () => {
    await page.getByText('All is well').waitFor();
    expect(await figure('Readings taken').textContent()).toBe('2');
    expect(await figure('Connected devices').textContent()).toBe('1');
    expect(await figure('Journal').textContent()).toMatch(/^[1-9]\d* rows/);
    expect(await figure('Record').textContent()).toBe('1 open batches');
    expect(await figure('Disk').textContent()).toMatch(/^\d+ % used/);
    expect(await page.getByRole('row', { name: /^oxi-1/ }).textContent()).toContain('connected');
    expect(await page.getByRole('row', { name: /^oxi-9/ }).textContent()).toContain('never');
  });

  it('shows the head that the log has signed', async () => {
    await ward.rig.gateway.dataPath.change((beds) => beds.discharge('1', Date.now()));
    const url = `http://127.0.0.1:${ward.rig.gateway.operationsPort}/log/checkpoint`;
    // The page asks every few seconds.
    await vi.waitFor(async () => {
      const head = await fetch(url);
      expect(head.status).toBe(200);
      const [, size, root = ''] = (await head.text()).split('\n');
      expect(await figure('Signed head covers').textContent()).toBe(size);
      expect(await figure('Root').textContent()).toBe(`${root.slice(0, 12)}…`);
    }, HEAD_MS_MAX);
    expect(await figure('Head signed').textContent()).toMatch(/ago$/);
  });

  it('holds no value and no patient, neither shown nor sent', async () => {
    const sent = await page.evaluate(async () => (await fetch('/operator')).text());
    const { operations } = JSON.parse(sent) as { operations: Operations };
    expect(operations.health.ok).toBe(true);
    for (const text of [sent, await page.locator('main').textContent()]) {
      expect(text).not.toMatch(/Meier|spo2|SpO|\b97\b|\b173\b/);
    }
  });

  it('says so when the gateway does not answer', async () => {
    await ward.rig.stop();
    await page.getByText('The gateway does not answer').waitFor();
    expect(await page.getByText('All is well').count()).toBe(0);
    expect(ward.complaints).toEqual([]);
  });
});
