// SPDX-License-Identifier: Apache-2.0
/** Every page in both themes, three widths and two languages: no violation that axe knows, nothing cut off sideways, nothing that moves. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VirtualWearable } from '../devices/sim/virtual-wearable.ts';
import { admitSince, NO_BROWSER, openWard, PASSWORD, vitalRecord, type Ward } from './support/station-rig.ts';

const MINUTE_MS = 60_000;
const THEMES = ['dark', 'light'] as const;
const WIDTHS = [
  [320, 640],
  [1280, 800],
  [1920, 1080],
] as const;
/** Where screenshots go for a person to look at; none are made without it. */
const SHOTS = process.env['LAMPLIGHT_SHOTS'];

describe.skipIf(NO_BROWSER)(`every page${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  let ward: Ward;
  let sensor: VirtualWearable;
  let cookies: Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

  const publishNow = () => {
    const records = [
      vitalRecord('spo2', '%', 97),
      vitalRecord('pulseRate', '/min', 72),
      vitalRecord('respiratoryRate', '/min', 16),
      vitalRecord('temperature', 'Cel', 3660, -2),
      vitalRecord('glucose', 'mg/dL', 100),
    ];
    sensor.publish(records, Date.now(), 12);
  };
  beforeAll(async () => {
    const beds = Array.from({ length: 8 }, (_, i) => `"${i + 1}"`).join(', ');
    ward = await openWard({
      devices: { 'oxi-1': 5000, 'oxi-9': 1000 },
      toml: `beds = [${beds}]\njournal = { reserveBytes = 1048576 }`,
    });
    const now = Date.now();
    await admitSince(ward.rig, '1', 'Meier A.', 'oxi-1', now - 70 * MINUTE_MS);
    sensor = ward.wearable('oxi-1');
    for (let at = now - 50 * MINUTE_MS; at < now; at += 5000) {
      await sensor.room();
      const swing = Math.round(2 * Math.sin(at / 200_000));
      sensor.publish([vitalRecord('spo2', '%', 96 + swing), vitalRecord('pulseRate', '/min', 72 + 3 * swing)], at);
    }
    ward.wearable('oxi-9').publish([vitalRecord('spo2', '%', 91)]);
    await sensor.settled();
    const page = await ward.newPage();
    await page.goto(ward.station.claim ?? '');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('article').first().waitFor();
    const everything = { roles: ['nurse', 'technician', 'administrator', 'auditor'] };
    const given = await page.evaluate(async (body) => {
      const headers = { 'content-type': 'application/json', 'x-lamplight': '1' };
      return (await fetch('/accounts/Ada/roles', { method: 'POST', headers, body: JSON.stringify(body) })).status;
    }, everything);
    expect(given).toBe(200);
    cookies = await page.context().cookies();
    await page.close();
  });
  afterAll(() => ward?.[Symbol.asyncDispose]());

  /** The pages before the sign-in. */
  const doors = (de: boolean): readonly (readonly [string, (page: Page) => Promise<void>])[] => [
    [
      'sign-in',
      async (page) => {
        await page.goto(ward.station.url);
        await page.getByLabel(de ? 'Passwort' : 'Password').waitFor();
      },
    ],
    [
      'claim',
      async (page) => {
        await page.goto(new URL('/claim#token/Grace', ward.station.url).href);
        await page.getByText('Grace').first().waitFor();
      },
    ],
  ];

  /** Opens each page in turn, by the words of its language, and says which it is. */
  const tour = (de: boolean): readonly (readonly [string, (page: Page) => Promise<void>])[] => [
    [
      'board',
      async (page) => {
        await page.context().addCookies(cookies);
        await page.goto(ward.station.url);
        await page.getByText('97', { exact: true }).first().waitFor();
      },
    ],
    [
      'bed',
      async (page) => {
        await page.getByRole('button', { name: de ? 'Bett 1:' : 'Bed 1:' }).press('Enter');
        await page.getByRole('dialog').waitFor();
      },
    ],
    [
      'trend',
      async (page) => {
        await page.getByRole('button', { name: de ? 'Verlauf' : 'Trend', exact: true }).press('Enter');
        const chart = page.getByRole('region', { name: /^SpO₂/ });
        await chart.getByRole('slider').press('Home');
        await chart.getByRole('slider').press('Enter');
        await page.locator('.steps li').nth(12).waitFor();
        await chart.locator('summary').press('Enter');
        await chart.getByRole('row').nth(3).waitFor();
      },
    ],
    [
      'correct',
      async (page) => {
        const chart = page.getByRole('region', { name: /^SpO₂/ });
        await chart.getByRole('button', { name: de ? 'Als falsch kennzeichnen' : 'Mark as wrong' }).press('Enter');
        await chart.getByLabel(de ? 'Warum, in Ihren Worten' : 'Why, in your words').scrollIntoViewIfNeeded();
      },
    ],
    [
      'settings',
      async (page) => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: de ? 'Sprache und Einheiten' : 'Language and units' }).press('Enter');
        await page.getByRole('dialog').waitFor();
      },
    ],
    [
      'accounts',
      async (page) => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: de ? 'Konten' : 'Accounts', exact: true }).press('Enter');
        await page.getByRole('heading', { name: 'Ada' }).waitFor();
      },
    ],
    [
      'devices',
      async (page) => {
        await page.getByRole('button', { name: de ? 'Geräte' : 'Devices', exact: true }).press('Enter');
        await page.getByRole('row').nth(1).waitFor();
      },
    ],
    [
      'operator',
      async (page) => {
        await page.getByRole('button', { name: de ? 'Betrieb' : 'Operation', exact: true }).press('Enter');
        await page.getByRole('row', { name: de ? 'Wurzel' : 'Root' }).waitFor();
      },
    ],
    [
      'accesses',
      async (page) => {
        await page.getByRole('button', { name: de ? 'Zugriffe' : 'Access log', exact: true }).press('Enter');
        await page
          .getByRole('row', { name: de ? /Ada.*Nachweis/ : /Ada.*Proof/ })
          .first()
          .waitFor();
        const board = de ? /Ada.*Tafel, Live-Werte.*höchstens bis/ : /Ada.*Ward board, live values.*at most/;
        expect(await page.getByRole('row', { name: board }).count()).toBe(1);
        await page.getByText(new Intl.DateTimeFormat().resolvedOptions().timeZone).waitFor();
      },
    ],
  ];

  for (const [width, height] of WIDTHS) {
    for (const theme of THEMES) {
      for (const locale of ['en-GB', 'de-DE']) {
        it(`is sound at ${width} pixels, ${theme}, ${locale}`, async () => {
          const page = await ward.newPage({
            viewport: { width, height },
            colorScheme: theme,
            locale,
            reducedMotion: 'reduce',
          });
          const beating = setInterval(publishNow, 1000);
          try {
            for (const [name, open] of [...doors(locale === 'de-DE'), ...tour(locale === 'de-DE')]) {
              await open(page);
              const { violations } = await new AxeBuilder({ page }).analyze();
              expect(violations.map(({ id, nodes }) => `${name} ${id}: ${nodes[0]?.html}`)).toEqual([]);
              const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
              expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
              expect(await page.evaluate('document.getAnimations().length'), `${name} moves`).toBe(0);
              if (SHOTS) await page.screenshot({ path: shotPath(`${name}-${width}-${theme}-${locale}.png`) });
            }
            expect(await page.evaluate('document.documentElement.lang')).toBe(locale.slice(0, 2));
          } finally {
            clearInterval(beating);
            await page.context().close();
          }
        });
      }
    }
  }

  it('left nothing in the console', () => expect(ward.complaints).toEqual([]));
});

function shotPath(name: string): string {
  mkdirSync(SHOTS ?? '', { recursive: true });
  return join(SHOTS ?? '', name);
}
