// SPDX-License-Identifier: Apache-2.0
/** The link against a real broker: snapshot first, every payload checked, answers matched, deadlines kept, connection taken up again. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../test/support/free-port.ts';
import { Counters } from './counters.ts';
import { type GatewayLink, startGatewayLink } from './gateway-link.ts';
import { type FakeGateway, readingOf, startFakeGateway } from './testing/fake-gateway.ts';
import { GATEWAY_SILENT_MS_MAX, WardState } from './ward-state.ts';

/** What goes over the broker has come by then, also on a machine that does much else. */
const HEARD_MS_MAX = 10_000;
let gateway: FakeGateway;
let link: GatewayLink;
let state: WardState;
let counters: Counters;
let startedMs: number;
const now = () => performance.now();
const isUp = (of: WardState) => vi.waitFor(() => expect(of.beat(now()).gateway).toBe('up'), HEARD_MS_MAX);
const up = () => isUp(state);
const isDown = () => vi.waitFor(() => expect(state.beat(now()).gateway).toBe('down'), HEARD_MS_MAX);

beforeEach(async () => {
  startedMs = Date.now();
  gateway = await startFakeGateway();
  gateway.readings = [readingOf()];
  state = new WardState();
  counters = new Counters();
  const readCredential = async () => gateway.credential;
  link = startGatewayLink(gateway.credential, state, { monotonicMs: now, newId: randomUUID, counters, readCredential });
  await up();
});
afterEach(async () => {
  await link[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

describe('the gateway link', () => {
  it('asks for a snapshot first and knows ward time from it', () => {
    expect(gateway.heard.map((request) => request.command)).toEqual(['snapshot']);
    expect(state.readings()).toEqual(gateway.readings);
    // Later than the snapshot was written, by as long as it was on its way, and never ahead.
    const wardMs = state.beat(now()).wardMs!;
    expect(wardMs).toBeGreaterThan(startedMs);
    expect(wardMs).toBeLessThan(Date.now() + 100);
  });

  it('takes live and ward messages, and counts what is not of their form', async () => {
    gateway.sendLive([readingOf({ value: '36.60', vital: 'temperature' })]);
    await vi.waitFor(() => expect(state.readings().map((reading) => reading.value)).toContain('36.60'), HEARD_MS_MAX);
    gateway.publish('live', '{"type":"live"');
    gateway.publish('live', { type: 'live', sentMs: 0, readings: [{ ...readingOf(), value: 97 }] });
    gateway.publish('ward', { type: 'ward', beds: 'all' });
    await vi.waitFor(() => expect(counters.get('gateway_payloads_refused')).toBe(3), HEARD_MS_MAX);
    expect(state.ward?.beds.map((bed) => bed.bed)).toEqual(['1', '2']);
  });

  it('hands a refusal of the gateway on with its code', async () => {
    gateway.usedBefore.add('oxi-9');
    const ask = { command: 'link', bed: '1', device: 'oxi-9', by: 'Ada' } as const;
    expect(await link.request(ask)).toMatchObject({ ok: false, code: 'CONFIRM_REUSE' });
    expect(await link.request({ ...ask, confirm: true })).toMatchObject({ ok: true });
    expect(gateway.heard.at(-1)).toMatchObject({ by: 'Ada', from: 'station', confirm: true });
  });

  it('stops waiting at the deadline and says that the outcome is unknown', async () => {
    const hastyState = new WardState();
    await using hasty = startGatewayLink({ ...gateway.credential, name: 'hasty' }, hastyState, {
      monotonicMs: now,
      newId: randomUUID,
      counters,
      readCredential: async () => ({ ...gateway.credential, name: 'hasty' }),
      requestMsMax: 200,
    });
    await isUp(hastyState);
    gateway.answers = false;
    const error = await hasty.request({ command: 'unlink', device: 'oxi-1', by: 'Ada' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'GATEWAY_SILENT', class: 'ambiguous' });
    expect(counters.get('gateway_requests_timed_out')).toBeGreaterThan(0);
  });

  it('is down as soon as the gateway is gone, and takes a whole new snapshot when it is back on another port', async () => {
    // Drawn while the old one is taken: another.
    const port = await freePort();
    await gateway[Symbol.asyncDispose]();
    await isDown();
    await expect(link.request({ command: 'unlink', device: 'oxi-1', by: 'Ada' })).rejects.toMatchObject({
      code: 'GATEWAY_DOWN',
    });
    gateway = await startFakeGateway(port);
    await up();
    expect(state.readings()).toEqual([]);
  });

  it('does not bring a command to the next gateway that the last one died with: nobody expects it any more', async () => {
    gateway.hangs = true;
    const asked = link.request({ command: 'discharge', bed: '1', by: 'Ada' }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(gateway.lost).toBe(1), HEARD_MS_MAX);
    await gateway[Symbol.asyncDispose]();
    await isDown();
    gateway = await startFakeGateway();
    await up();
    // One more question and its answer: whatever was to be sent again has come before.
    await link.request({ command: 'unlink', device: 'oxi-1', by: 'Ada' });
    expect(gateway.heard.map(({ command }) => command)).toEqual(['snapshot', 'unlink']);
    expect(await asked).toMatchObject({ code: 'GATEWAY_SILENT' });
  });

  it('is down when the socket stands but nothing is heard', () => {
    expect(state.beat(now() + GATEWAY_SILENT_MS_MAX)).toMatchObject({ gateway: 'down' });
  });
});
