// SPDX-License-Identifier: Apache-2.0
// Makes the pictures of the guides from the synthetic ward: docs/pictures/*.png. Run with Node 24: node tools/screenshots.mjs
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const PICTURES = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));
const VIEW = { width: 1280, height: 800 };
const PICTURE_BYTES_MAX = 300_000;
/** Ward time that a trend needs to be worth a look, and how fast it is had. */
const HISTORY_MS = 16 * 60_000;
const RATE = 20;

mkdirSync(PICTURES, { recursive: true });
await withWard(1, async (browser, claim) => {
  const dark = await open(browser, claim, 'dark');
  // Every sensor has spoken once by then.
  await dark.waitForTimeout(15_000);
  await take(dark, 'board-dark');
  await dark.emulateMedia({ colorScheme: 'light' });
  await take(dark, 'board-light');
});
await withWard(RATE, async (browser, claim) => {
  const page = await open(browser, claim, 'dark');
  await page.waitForTimeout(HISTORY_MS / RATE);
  await page.locator('.tile-open').first().press('Enter');
  await page.getByRole('button', { name: 'Trend', exact: true }).press('Enter');
  const chart = page.getByRole('region', { name: /SpO₂/ }).first();
  await chart.locator('canvas').waitFor();
  await take(page, 'trend-dark');
  await chart.getByRole('slider').press('Home');
  await chart.getByRole('slider').press('Enter');
  await chart.locator('.steps li').nth(12).waitFor();
  await chart.locator('.proof').scrollIntoViewIfNeeded();
  await take(page, 'proof-dark');
});

async function withWard(rate, use) {
  const data = mkdtempSync(join(tmpdir(), 'lamplight-pictures-'));
  const ward = spawn(process.execPath, [FRONT_DOOR, 'start', '--demo', '--data', data, '--rate', String(rate)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => ward.once('exit', resolve));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    await use(browser, await claimOf(ward));
  } finally {
    await browser.close();
    ward.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  }
}

async function claimOf(ward) {
  for await (const line of createInterface({ input: ward.stdout })) {
    const claim = /Claim\s+(\S+)/.exec(line)?.[1];
    if (claim !== undefined) return claim;
  }
  throw new Error('the ward ended before it was ready');
}

async function open(browser, claim, colorScheme) {
  const page = await browser.newPage({ viewport: VIEW, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' });
  await page.goto(claim);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Password').fill('four words not together');
  await page.keyboard.press('Enter');
  await page.locator('.cell.live').first().waitFor();
  return page;
}

async function take(page, name) {
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  if (statSync(path).size > PICTURE_BYTES_MAX) throw new Error(`${name} is too large`);
}
