// SPDX-License-Identifier: Apache-2.0
/** The verifier's page in a real browser, as a file on disk: what it says of honest proofs, lies and hostile files, and that it sends nothing. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCbor } from '../ledger/codec/cbor.ts';
import { verifierCommand } from '../ledger/index.ts';
import { cosignatureLine, formatVerifierKey, parseNote } from '../ledger/log/note.ts';
import { encodeReading } from '../ledger/record/reading-codec.ts';
import { LANGUAGES } from '../ledger/verify/page/languages.ts';
import { correctionMaker, withdrawalMaker } from '../ledger/verify/testing/correction-maker.ts';
import { exportVkey, makeExport, proofText } from '../ledger/verify/testing/export-maker.ts';
import {
  gatewaySigning,
  honestReading,
  type Lies,
  makeProof,
  makeProofFile,
  vkey,
} from '../ledger/verify/testing/proof-maker.ts';
import { makeWitnessSigner } from '../ledger/witness/testing/keys.ts';
import { BROWSER, NO_BROWSER } from './support/station-rig.ts';

const MARKUP = '<img src=x onerror="document.title=1">';
const FORM = { profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' } as const;
const makeKey = () => generateKeyPairSync('ed25519').privateKey;
const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
const file = (name: string, content: string | Buffer) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content as string),
});

const changedValue: Lies['extra'] = ({ reading }) => ({
  reading: { ...reading, bytes: encodeReading(honestReading(3, { value: { mantissa: 870, exponent: -1 } })) },
});

describe.skipIf(NO_BROWSER)(`the verifier's page${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let address: string;
  let browser: Browser;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamplight-verifier-'));
    const printed: string[] = [];
    const io = { stdout: { write: (text: string) => printed.push(text) }, stderr: { write: () => undefined } };
    expect(await verifierCommand(['--out', join(folder, 'verifier.html')], io)).toBe(0);
    expect(printed.join('')).toMatch(/SHA-256 [0-9a-f]{64}\n/);
    address = pathToFileURL(join(folder, 'verifier.html')).href;
    browser = await chromium.launch(BROWSER);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    // A context of its own, as axe asks for.
    const page = await (await browser.newContext({ locale: 'en-GB', ...options })).newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(address);
    return page;
  }

  /** Chooses the files, enters the key, and gives what the page answers: each step with its sign, and the code if there is one. */
  async function answerTo(page: Page, files: ReturnType<typeof file>[], key = vkey) {
    await page.locator('#files').setInputFiles(files);
    await page.locator('#key').fill(key);
    await page.locator('#check').click();
    await page.locator('.answer').waitFor();
    const steps = await page
      .locator('.steps li')
      .evaluateAll((items) => items.map((item) => `${item.className} ${item.dataset['step']}`));
    return { steps, said: await page.locator('#report').innerText() };
  }

  it('says of a genuine proof, step by step, that it holds, what was proved, and what that does not show', async () => {
    const page = await open();
    const { steps, said } = await answerTo(page, [file('reading.proof', makeProof())]);
    expect(steps).toHaveLength(13);
    expect(steps.every((step) => step.startsWith('good '))).toBe(true);
    for (const words of [
      'Verified',
      'Oxygen saturation 97.0 %',
      'oxi-7',
      'right sensor was on the right person',
      'same history',
    ])
      expect(said).toContain(words);
    expect(await page.evaluate('document.activeElement.className')).toBe('answer good');
    await page.close();
  });

  const mark = correctionMaker(gatewaySigning)({ fromMs: 0, toMs: honestReading(3).correctedMs }, 'in-error');

  it('says above the steps who marked the reading as wrong, in both languages', async () => {
    const page = await open();
    const { steps, said } = await answerTo(page, [file('reading.proof', makeProof({ corrections: [mark] }))]);
    expect(steps.slice(-3)).toEqual(['good corrections-once', 'good corrections-log', 'good corrections']);
    const at = said.search(/Marked as in error by Ada \(.*\): sensor fell off/);
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(said.indexOf(LANGUAGES.en.stepsTitle));
    expect(said).toContain(LANGUAGES.en.correctedHint);
    await page.locator('#language').click();
    const german = await page.locator('#report .corrected').innerText();
    expect(german).toMatch(/^Als fehlerhaft gekennzeichnet von Ada .*steht unverändert im Protokoll/);
    await page.close();
  });

  it('says of a mark that was taken back who made it and who took it back, and warns of nothing', async () => {
    const proof = makeProof({ corrections: [mark, withdrawalMaker(gatewaySigning)(mark)] });
    const page = await open();
    const { said } = await answerTo(page, [file('reading.proof', proof)]);
    expect(said).toMatch(/Marked as in error by Ada \(.*\): sensor fell off Taken back by Ben \(.*\): the wrong hour/);
    expect(said).not.toContain(LANGUAGES.en.correctedHint);
    await page.close();
  });

  it.each<[string, Lies, string, string]>([
    ['another log’s signature', { checkpointKey: makeKey() }, 'checkpoint', 'PROOF_CHECKPOINT_REFUSED'],
    ['a gateway nobody vouches for', { endorsingKey: makeKey() }, 'gateway-key', 'PROOF_GATEWAY_KEY_REFUSED'],
    [
      'a forged signature',
      { extra: (e) => ({ signature: flip(e.signature) }) },
      'signature',
      'PROOF_SIGNATURE_REFUSED',
    ],
    ['a batch that was never logged', { entry: encodeCbor([1, new Uint8Array(32)]) }, 'log', 'PROOF_NOT_IN_LOG'],
    ['a changed value', { extra: changedValue }, 'reading-path', 'PROOF_READING_NOT_IN_BATCH'],
  ])('shows where %s fails, with its code, and what that means', async (_, lies, step, code) => {
    const page = await open();
    const { steps, said } = await answerTo(page, [file('reading.proof', makeProof(lies))]);
    expect(steps.at(-1)).toBe(`bad ${step}`);
    expect(steps.slice(0, -1).every((one) => one.startsWith('good '))).toBe(true);
    for (const words of ['Not verified', code, LANGUAGES.en.steps[step]!.fails]) expect(said).toContain(words);
    expect(said).not.toContain('What was proved');
    await page.close();
  });

  it.each<[string, string | Buffer, string]>([
    ['an empty file', '', 'PROOF_FILE_MALFORMED'],
    [
      'bytes of no meaning',
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 131) & 255)),
      'PROOF_FILE_MALFORMED',
    ],
    ['a picture’s worth of one letter', 'a'.repeat(6_000_000), 'PROOF_FILE_MALFORMED'],
    ['a proof cut short', makeProof().slice(0, 400), 'PROOF_FILE_MALFORMED'],
    ['a page', `<script>document.title = 'owned'</script>`, 'PROOF_FILE_MALFORMED'],
  ])('answers %s with a code', async (_, content, code) => {
    const page = await open();
    const { steps, said } = await answerTo(page, [file('x.proof', content)]);
    expect(steps).toEqual(['bad file']);
    expect(said).toContain(code);
    expect(await page.title()).toBe(LANGUAGES.en.title);
    await page.close();
  });

  it('shows what a proof says as text, never as markup', async () => {
    const devices = [{ handle: MARKUP, badge: 'C' as const, label: MARKUP }];
    const page = await open();
    const { said } = await answerTo(page, [
      file(`${MARKUP}.proof`, makeProof({ reading: { device: MARKUP }, leafZero: { devices } })),
    ]);
    expect(said).toContain(MARKUP);
    expect(await page.locator('#chosen').innerText()).toContain(MARKUP);
    expect(await page.locator('img').count()).toBe(0);
    await page.close();
  });

  it('asks for what is missing, and takes an old answer away with the first change', async () => {
    const page = await open();
    const status = page.locator('#status');
    await page.locator('#check').click();
    await status.getByText(LANGUAGES.en.missing.proof).waitFor();
    await page.locator('#files').setInputFiles([file('a.proof', makeProof())]);
    await page.locator('#check').click();
    await status.getByText(LANGUAGES.en.missing.key).waitFor();
    await answerTo(page, [file('a.proof', makeProof())]);
    await page.locator('#key').press('End');
    await page.keyboard.type('x');
    expect(await page.locator('#report').innerText()).toBe('');
    await page.close();
  });

  it('checks an export against its CSV file, and finds a changed cell', async () => {
    const { csv, parts } = makeExport(FORM);
    const page = await open();
    const proof = file('ward.csv.proof', proofText(parts));
    await page.locator('#files').setInputFiles([proof]);
    await page.locator('#key').fill(exportVkey);
    await page.locator('#check').click();
    await page.locator('#status').getByText(LANGUAGES.en.missing.csv).waitFor();
    const honest = await answerTo(page, [file('ward.csv', csv), proof], exportVkey);
    expect(honest.steps.every((step) => step.startsWith('good '))).toBe(true);
    expect(honest.said).toMatch(/Readings\s+9/);
    const changed = csv.replace(/,(\d)(\d*),/, (_, digit, rest) => `,${(Number(digit) + 1) % 10}${rest},`);
    expect(changed).not.toBe(csv);
    const lie = await answerTo(page, [file('ward.csv', changed), proof], exportVkey);
    expect(lie.steps.at(-1)).toBe('bad row');
    expect(lie.said).toContain('PROOF_EXPORT_ROW_DIFFERS');
    await page.close();
  });

  it('takes key and policy as dropped files, and demands the witnesses of the policy', async () => {
    const witness = makeWitnessSigner('witness.example');
    const policy = `witness w ${formatVerifierKey(witness.key)}\nquorum w\n`;
    const honest = makeProofFile();
    const line = cosignatureLine(parseNote(honest.checkpoint).text, witness, 1_795_000_000);
    const cosigned = makeProof({ file: (f) => ({ checkpoint: `${f.checkpoint}${line}` }) });
    const page = await open();
    await drop(page, { 'reading.proof': cosigned, 'log.txt': `${vkey}\n`, 'policy.txt': policy });
    await page.locator('#check').click();
    await page.locator('.answer.good').waitFor();
    expect(await page.locator('[data-step=witnesses]').getAttribute('class')).toBe('good');
    expect(await page.locator('.limits').innerText()).not.toContain('same history');
    const { steps, said } = await answerTo(page, [file('reading.proof', makeProof())]);
    expect(steps.at(-1)).toBe('bad witnesses');
    expect(said).toContain('PROOF_WITNESSES_MISSING');
    await page.close();
  });

  it('has words for every step in both languages, and turns from one to the other with the answer', async () => {
    const page = await open({ locale: 'de-AT' });
    const { said } = await answerTo(page, [file('reading.proof', makeProof())]);
    expect(said).toContain('Sauerstoffsättigung 97.0 %');
    for (const words of ['Nachgewiesen', ...LANGUAGES.de.limits]) expect(said).toContain(words);
    await page.locator('#language').click();
    expect(await page.locator('#report').innerText()).toContain(LANGUAGES.en.steps['reading-path']!.holds);
    expect(Object.keys(LANGUAGES.de.steps)).toEqual(Object.keys(LANGUAGES.en.steps));
    const { csv, parts } = makeExport(FORM);
    const names = await answerTo(page, [file('a.csv', csv), file('a.proof', proofText(parts))], exportVkey);
    for (const step of names.steps) expect(LANGUAGES.en.steps, step).toHaveProperty(step.replace('good ', ''));
    await page.close();
  });

  it.each(['light', 'dark'] as const)(
    'can be read by everybody (axe), %s, at the width of a phone too',
    async (colorScheme) => {
      const page = await open({ colorScheme, viewport: { width: 360, height: 800 } });
      await answerTo(page, [file('reading.proof', makeProof({ extra: changedValue }))]);
      await accessible(page);
      await answerTo(page, [file('reading.proof', makeProof())]);
      await accessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      await page.close();
    },
  );

  it('sends nothing: no request in all of these checks, and its policy refuses one that script tries', async () => {
    expect([...new Set(requests)]).toEqual([address]);
    expect(complaints).toEqual([]);
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(200, { 'access-control-allow-origin': '*' }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const attempt = `fetch('http://127.0.0.1:${(server.address() as AddressInfo).port}/').then(() => 'sent', () => 'refused')`;
    const page = await browser.newPage();
    await page.goto(address);
    expect([await page.evaluate(attempt), asked]).toEqual(['refused', 0]);
    // The same page without its policy would have sent it.
    const bare = (await readFile(join(folder, 'verifier.html'), 'utf8')).replace(/<meta http-equiv[^>]*>/, '');
    await writeFile(join(folder, 'bare.html'), bare);
    await page.goto(pathToFileURL(join(folder, 'bare.html')).href);
    expect([await page.evaluate(attempt), asked]).toEqual(['sent', 1]);
    await page.close();
    server.close();
  });
});

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

async function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  const made = Object.entries(files).map(
    ([name, text]) => `transfer.items.add(new File(${JSON.stringify([[text], name]).slice(1, -1)}))`,
  );
  const transfer = await page.evaluateHandle(`{ const transfer = new DataTransfer(); ${made.join(';')}; transfer; }`);
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
  await page
    .locator('#chosen')
    .getByText(/Policy/)
    .waitFor();
}
