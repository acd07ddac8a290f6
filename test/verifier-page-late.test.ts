// SPDX-License-Identifier: Apache-2.0
/** The verifier's page while files are still being read: it checks what was chosen, and shows no answer about what is not there any more. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifierCommand } from '../ledger/index.ts';
import { LANGUAGES } from '../ledger/verify/page/languages.ts';
import { makeProof, vkey } from '../ledger/verify/testing/proof-maker.ts';
import { BROWSER, NO_BROWSER } from './support/station-rig.ts';

const PROOF = { mimeType: 'application/octet-stream', buffer: Buffer.from(makeProof()) };
/** From now on files are read only when `letRead` is called. */
const HOLD = `{
  const text = Blob.prototype.text;
  const held = Promise.withResolvers();
  window.letRead = held.resolve;
  Blob.prototype.text = async function () { await held.promise; return text.call(this); };
}`;
const LET_READ = 'letRead()';

describe.skipIf(NO_BROWSER)(`the verifier's page, early${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamplight-verifier-'));
    const io = { stdout: { write: () => undefined }, stderr: { write: () => undefined } };
    expect(await verifierCommand(['--out', join(folder, 'verifier.html')], io)).toBe(0);
    browser = await chromium.launch(BROWSER);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(pathToFileURL(join(folder, 'verifier.html')).href);
    await page.locator('#key').fill(vkey);
  });
  afterEach(() => page.close());

  const choose = (name: string) => page.locator('#files').setInputFiles([{ name, ...PROOF }]);
  const status = (words: string) => page.locator('#status').getByText(words).waitFor();

  it('checks a file that is still being taken in', async () => {
    await page.evaluate(HOLD);
    await choose('a.proof');
    await page.locator('#check').click();
    await status(LANGUAGES.en.checking);
    await page.evaluate(LET_READ);
    await page.locator('.answer.good').waitFor();
  });

  it.each([
    ['the key', () => page.locator('#key').press('x')],
    ['a file', () => choose('b.proof')],
  ])('shows no answer when %s was changed before it came', async (_, change) => {
    await choose('a.proof');
    await page.locator('#chosen').getByText('a.proof').waitFor();
    await page.evaluate(HOLD);
    await page.locator('#check').click();
    await status(LANGUAGES.en.checking);
    await change();
    await page.evaluate(LET_READ);
    await page.locator('#check:enabled').waitFor();
    expect(await page.locator('#report').innerText()).toBe('');
  });
});
