// SPDX-License-Identifier: Apache-2.0
/**
 * Gateway and station killed in turn (SIGKILL, as a crash or the out-of-memory killer does) under an open board of `lamplight start`:
 * the supervisor starts them again, and what the nurse sees meanwhile is what docs/nurse.md says.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoProcess, startDemo } from './support/demo-process.ts';
import { NO_BROWSER, PASSWORD } from './support/station-rig.ts';

const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const BACK_MS_MAX = 30_000;
/** The first banner of each in the guide, and what a busy machine may add. */
const GATEWAY_SEEN_MS = 2_000;
const STATION_SEEN_MS = 5_000;
const SLACK_MS = 3_000;

describe.skipIf(NO_BROWSER)(`under an open board${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let directory: string;
  let demo: DemoProcess;
  let browser: Browser;
  let page: Page;

  const alert = (words: string) => page.getByRole('alert').getByText(words);
  const liveValues = () => page.locator('.cell.live .value').count();
  const msUntil = async (sight: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await sight();
    return performance.now() - startedMs;
  };
  /** A supervisor that is quicker than the banner, or than the look at the numbers, leaves nothing to see. */
  const holdSupervisor = () => process.kill(demo.pid, 'SIGSTOP');
  const releaseSupervisor = () => process.kill(demo.pid, 'SIGCONT');
  const kill = (verb: 'gateway' | 'dashboard') => {
    const pid = demo.pids.get(verb);
    // No pid would be everybody's.
    if (!pid) throw new Error(`the demo has no ${verb}`);
    process.kill(pid, 'SIGKILL');
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lamplight-kill-'));
    demo = await startDemo(join(directory, 'demo'));
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
    page = await browser.newPage({ locale: 'en-GB' });
    page.setDefaultTimeout(BACK_MS_MAX);
    await page.goto(demo.claim);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('.cell.live .value').first().waitFor();
  });
  afterAll(async () => {
    if (demo) releaseSupervisor();
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it('a killed gateway is said within two seconds, no number looks live meanwhile, and all comes back by itself', async () => {
    holdSupervisor();
    kill('gateway');
    const banner = () => alert('The gateway is not reached since').waitFor();
    expect(await msUntil(banner)).toBeLessThan(GATEWAY_SEEN_MS + SLACK_MS);
    expect(await liveValues()).toBe(0);
    releaseSupervisor();
    await alert('The gateway is not reached').waitFor({ state: 'detached' });
    await page.locator('.cell.live .value').first().waitFor();
  });

  it('a killed station is said within five seconds, no number looks live meanwhile, and nobody signs in anew', async () => {
    holdSupervisor();
    kill('dashboard');
    const banner = () => alert('THIS SCREEN IS NOT UPDATED since').waitFor();
    expect(await msUntil(banner)).toBeLessThan(STATION_SEEN_MS + SLACK_MS);
    expect(await liveValues()).toBe(0);
    releaseSupervisor();
    await alert('THIS SCREEN').waitFor({ state: 'detached' });
    await page.locator('.cell.live .value').first().waitFor();
    expect(demo.said().split('is started again').length - 1).toBe(2);
  });
});
