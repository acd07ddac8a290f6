// SPDX-License-Identifier: Apache-2.0
/** A real gateway, a real nurse station and a real browser in front of it: for tests of what a person sees and does. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { vi } from 'vitest';
import { dashboardCommand } from '../../dashboard/main.ts';
import { createWardClock } from '../../devices/index.ts';
import type { SenmlRecord } from '../../devices/mqtt/senml-encode.ts';
import type { FaultPlan } from '../../devices/sim/faults.ts';
import { VirtualWearable } from '../../devices/sim/virtual-wearable.ts';
import { freePort } from './free-port.ts';
import { openRig, RIG_GATEWAY, type Rig, type RigOptions } from './gateway-rig.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
/** How a test starts its browser. */
export const BROWSER = { executablePath: CHROMIUM, args: ARGS };
/** Why these tests cannot run here; undefined when they can. With CI a missing browser is a failure. */
export const NO_BROWSER = !existsSync(CHROMIUM) && process.env['CI'] !== 'true' ? `${CHROMIUM} is missing` : undefined;
export const PASSWORD = 'correct horse battery';
const START_MS_MAX = 60_000;
/** Of one look or one key, on a machine that does much else. */
const ACTION_MS_MAX = 30_000;

export interface Station extends AsyncDisposable {
  readonly url: string;
  /** The claim link's address; null once there is an account. */
  readonly claim: string | null;
}

/** Starts the station of a data directory on `port`, otherwise a free one, as `lamplight dashboard` does. */
export async function startStation(directory: string, at?: number): Promise<Station> {
  const port = at ?? (await freePort());
  const stop = new AbortController();
  const stdout = new PassThrough();
  let printed = '';
  stdout.on('data', (text) => {
    printed += text;
  });
  const io = { stdout, stderr: new PassThrough().resume(), env: {}, signal: stop.signal };
  const command = dashboardCommand(['--data', directory, '--port', String(port)], io);
  const ready = () => printed.split('\n').find((line) => line.includes('"ready":true'));
  await vi.waitFor(() => {
    if (ready() === undefined) throw new Error('the station is not ready');
  }, START_MS_MAX);
  const { url, claim } = JSON.parse(ready() ?? '') as { url: string; claim: string | null };
  return {
    url,
    claim,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await command;
    },
  };
}

export interface Ward extends AsyncDisposable {
  rig: Rig;
  station: Station;
  readonly browser: Browser;
  /** What any page complained about. */
  readonly complaints: string[];
  newPage(options?: BrowserContextOptions): Promise<Page>;
  wearable(handle: string, faults?: FaultPlan): VirtualWearable;
}

/** Everything, with the ward's doors open and nobody in it. */
export async function openWard(options: RigOptions): Promise<Ward> {
  const rig = await openRig({ ...options, keep: true });
  const station = await startStation(rig.directory);
  const browser = await chromium.launch(BROWSER);
  const complaints: string[] = [];
  const wearables: VirtualWearable[] = [];
  const ward: Ward = {
    rig,
    station,
    browser,
    complaints,
    newPage: async (contextOptions = {}) => {
      const page = await (await browser.newContext({ locale: 'en-GB', ...contextOptions })).newPage();
      page.setDefaultTimeout(ACTION_MS_MAX);
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      return page;
    },
    wearable: (handle, faults) => {
      const clock = createWardClock({ rate: 1, originRealMs: 0, originWardMs: 0 });
      const broker = `mqtt://127.0.0.1:${ward.rig.gateway.brokerPort}`;
      const secret = ward.rig.secretOf(handle);
      const options = { broker, gateway: RIG_GATEWAY, handle, secret, clock, seed: 1, ...(faults && { faults }) };
      const made = new VirtualWearable(options).start();
      wearables.push(made);
      return made;
    },
    [Symbol.asyncDispose]: async () => {
      for (const wearable of wearables) await wearable[Symbol.asyncDispose]();
      await browser.close();
      await ward.station[Symbol.asyncDispose]();
      await ward.rig.stop();
      await rm(ward.rig.directory, { recursive: true, force: true });
    },
  };
  return ward;
}

/** Admits a patient with a sensor since `sinceMs`, as if a nurse had done it then. */
export async function admitSince(rig: Rig, bed: string, name: string, device: string, sinceMs: number): Promise<void> {
  const stay = Buffer.from(bed.padStart(16, '0')).toString('hex');
  await rig.gateway.dataPath.change((ward) => [
    ...ward.admit(bed, stay, name, sinceMs),
    ...ward.link(device, stay, sinceMs, 'test', true),
  ]);
}

export function vitalRecord(vital: string, unit: string, mantissa: number, exponent = 0): SenmlRecord {
  return { vital, unit, value: { mantissa, exponent } };
}
