// SPDX-License-Identifier: Apache-2.0
/** The link against a real broker: snapshot first, every payload checked, answers matched, deadlines kept, connection taken up again. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Counters } from './counters.ts';
import { type GatewayLink, startGatewayLink } from './gateway-link.ts';
import { type FakeGateway, readingOf, startFakeGateway } from './testing/fake-gateway.ts';
import { GATEWAY_SILENT_MS_MAX, WardState } from './ward-state.ts';

let gateway: FakeGateway;
let link: GatewayLink;
let state: WardState;
let counters: Counters;
const now = () => performance.now();
const up = () => vi.waitFor(() => expect(state.beat(now()).gateway).toBe('up'), 10_000);

beforeEach(async () => {
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
    expect(Math.abs(state.beat(now()).wardMs! - Date.now())).toBeLessThan(1000);
  });

  it('takes live and ward messages, and counts what is not of their form', async () => {
    gateway.sendLive([readingOf({ value: '36.60', vital: 'temperature' })]);
    await vi.waitFor(() => expect(state.readings().map((reading) => reading.value)).toContain('36.60'));
    gateway.publish('live', '{"type":"live"');
    gateway.publish('live', { type: 'live', sentMs: 0, readings: [{ ...readingOf(), value: 97 }] });
    gateway.publish('ward', { type: 'ward', beds: 'all' });
    await vi.waitFor(() => expect(counters.get('gateway_payloads_refused')).toBe(3));
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
    gateway.answers = false;
    await using hasty = startGatewayLink({ ...gateway.credential, name: 'hasty' }, new WardState(), {
      monotonicMs: now,
      newId: randomUUID,
      counters,
      readCredential: async () => gateway.credential,
      requestMsMax: 50,
    });
    await vi.waitFor(() => expect(gateway.heard.some((request) => request.from === 'hasty')).toBe(true));
    const error = await hasty.request({ command: 'unlink', device: 'oxi-1', by: 'Ada' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'GATEWAY_SILENT', class: 'ambiguous' });
    expect(counters.get('gateway_requests_timed_out')).toBeGreaterThan(0);
  });

  it('is down as soon as the gateway is gone, and takes a whole new snapshot when it is back on another port', async () => {
    const { port } = gateway.credential;
    await gateway[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(state.beat(now()).gateway).toBe('down'));
    await expect(link.request({ command: 'unlink', device: 'oxi-1', by: 'Ada' })).rejects.toMatchObject({
      code: 'GATEWAY_DOWN',
    });
    gateway = await startFakeGateway();
    expect(gateway.credential.port).not.toBe(port);
    await up();
    expect(state.readings()).toEqual([]);
  });

  it('does not bring a command to the next gateway that the last one died with: nobody expects it any more', async () => {
    gateway.hangs = true;
    const asked = link.request({ command: 'discharge', bed: '1', by: 'Ada' }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(gateway.lost).toBe(1));
    await gateway[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(state.beat(now()).gateway).toBe('down'));
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
