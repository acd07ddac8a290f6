// SPDX-License-Identifier: Apache-2.0
/** InfluxDB stopped under an open board: the bedside does not notice; history says what is missing, and comes back by itself. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { VirtualWearable } from '../devices/sim/virtual-wearable.ts';
import { INFLUXD_MISSING, type Influxd, startInfluxd } from './support/influxd.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const MINUTE_MS = 60_000;
const EVERY_MS = 3_000;
const STORED_MS_MAX = 20_000;
const missing = NO_BROWSER ?? (INFLUXD_MISSING ? 'influxd is missing' : undefined);

describe.skipIf(missing)(`InfluxDB is stopped under an open board${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let influx: Influxd;
  let ward: Ward;
  let page: Page;
  let sensor: VirtualWearable;
  let beating: ReturnType<typeof setInterval>;
  let shown = 90;
  const cell = () => page.locator('.cell.live[data-vital="spo2"]');
  /** A number that was not there before is seen, as live. */
  const seesNewValue = async () => {
    shown += 1;
    await cell().getByText(String(shown)).waitFor();
    expect(await page.getByRole('alert').getByText(/\S/).count()).toBe(0);
  };
  const openTrend = async () => {
    await page.getByRole('button', { name: 'Bed 1:' }).press('Enter');
    await page.getByRole('button', { name: 'Trend', exact: true }).press('Enter');
  };

  beforeAll(async () => {
    influx = await startInfluxd();
    ward = await openWard({ devices: { 'oxi-1': EVERY_MS }, toml: `beds = ["1", "2"]\n${influx.toml}` });
    const now = Date.now();
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', now - 70 * MINUTE_MS);
    sensor = ward.wearable('oxi-1');
    for (let at = now - 55 * MINUTE_MS; at < now; at += EVERY_MS) {
      await sensor.room();
      sensor.publish([vitalRecord('spo2', '%', 97)], at);
    }
    await sensor.settled();
    // A full batch of 1,000 readings has left the outbox.
    await vi.waitFor(async () => expect(await influx.count()).toBe(1), STORED_MS_MAX);
    page = await ward.newPage();
    await page.goto(ward.station.claim ?? '');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    beating = setInterval(() => sensor.publish([vitalRecord('spo2', '%', shown)]), 300);
    await seesNewValue();
  });
  afterAll(async () => {
    clearInterval(beating);
    await ward?.[Symbol.asyncDispose]();
    await influx?.[Symbol.asyncDispose]();
  });

  it('the numbers go on as if nothing had happened', async () => {
    await influx.stop();
    for (let second = 0; second < 3; second++) await seesNewValue();
  });

  it('history says in words that it cannot be read, and shows no half of it', async () => {
    await openTrend();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('History cannot be read now').waitFor();
    expect(await dialog.locator('canvas').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await seesNewValue();
  });

  it('history is there again, whole, when InfluxDB is', async () => {
    await influx.start();
    await openTrend();
    const chart = page.getByRole('region', { name: /^SpO₂/ });
    await chart.locator('canvas').waitFor();
    await chart.getByRole('slider').press('Home');
    expect(await chart.getByRole('slider').getAttribute('aria-valuetext')).toMatch(/^97 %/);
    expect(await influx.count()).toBeGreaterThanOrEqual(1);
  });
});
