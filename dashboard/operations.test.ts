// SPDX-License-Identifier: Apache-2.0
/** What a gateway's operations server may say, and every way in which it may not answer. The real one is asked in test/operator.test.ts. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { Counters } from './counters.ts';
import { askOperations, type Operations } from './operations.ts';
import { openBenchStation } from './testing/bench-station.ts';
import { wardOf } from './testing/fake-gateway.ts';
import { GATEWAY_SILENT_MS_MAX } from './ward-state.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const ROOT = `${'A'.repeat(43)}=`;
const HEALTH: Operations['health'] = {
  ok: true,
  problems: [],
  problemKeys: [],
  facts: {
    disk: 'recording',
    diskUsedPercent: 41,
    seriesLagBatches: 2,
    anchorLagEntries: 1,
    journalRows: 12,
    recordOpenBatches: 8,
    timeTrust: 0,
    devicesConnected: 7,
    logSize: 3,
    anchored: { size: 2, waitingMs: 61_000, alarm: null },
  },
};
const METRICS = `# HELP lamplight_intake_accepted_total intake accepted total
# TYPE lamplight_intake_accepted_total counter
lamplight_intake_accepted_total 5
lamplight_intake_duplicate_total 2
lamplight_intake_collapsed_total 1
lamplight_intake_gaps_total 4
lamplight_nodejs_gc_duration_seconds_bucket{le="0.1",kind="minor"} 7
`;
let counters: Counters;
beforeEach(() => {
  counters = new Counters();
});

/** Asks a server that answers so. */
async function ask(listener: RequestListener): Promise<Operations | null> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await askAt((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function askAt(operationsPort: number | undefined): Promise<Operations | null> {
  const readCredential = async () => ({ host: '127.0.0.1', operationsPort });
  return askOperations({ readCredential, nowMs: () => NOW_MS, counters });
}

const gateway =
  (health: Operations['health'], checkpoint: string | null): RequestListener =>
  (request, response) => {
    if (request.url === '/healthz') return response.writeHead(health.ok ? 200 : 503).end(JSON.stringify(health));
    if (request.url === '/metrics') return response.end(METRICS);
    if (checkpoint === null) return response.writeHead(404).end('There is nothing here.');
    return response.setHeader('last-modified', new Date(NOW_MS - 60_000).toUTCString()).end(checkpoint);
  };

describe('a gateway that answers', () => {
  it('is told as one object: health, counters, head of the log', async () => {
    expect(await ask(gateway(HEALTH, `lamplight/gw1\n3\n${ROOT}\n\nsignature\n`))).toEqual({
      health: HEALTH,
      counters: { accepted: 5, resent: 3, gaps: 4, late: 0, refused: 0, withheld: 0 },
      checkpoint: { size: 3, root: ROOT, ageMs: 60_000 },
    });
  });

  it('is told with what is wrong, and without a head before the first', async () => {
    const ill = { ...HEALTH, ok: false, problems: ['The disk is full.'], problemKeys: ['disk-full'] };
    expect(await ask(gateway(ill, null))).toMatchObject({ health: ill, checkpoint: null });
    expect(counters.get('operations_unreached')).toBe(0);
  });
});

describe('no answer of ours is null, and counted', () => {
  const lies: readonly (readonly [string, RequestListener])[] = [
    ['another program', (_request, response) => response.end('hello')],
    ['another form', (_request, response) => response.end('{"ok":true}')],
    ['an endless answer', (_request, response) => response.end('x'.repeat(600 * 1024))],
    ['a redirection', (_request, response) => response.writeHead(302, { location: '/healthz' }).end()],
    ['a checkpoint of another form', gateway(HEALTH, 'lamplight/gw1\n-3\nroot\n')],
    ['silence', () => undefined],
  ];
  it.each(lies)('%s', async (_name, listener) => {
    expect(await ask(listener)).toBeNull();
    expect(counters.get('operations_unreached')).toBe(1);
  });

  it('nor is one from a gateway that is too old to say its port', async () => {
    expect(await askAt(undefined)).toBeNull();
  });
});

describe('GET /operator', () => {
  const url = '/operator';
  const headers = (cookie: string) => ({ host: 'localhost:80', cookie });

  it('tells a technician and an administrator about gateway and devices, and whose a device is to neither', async () => {
    await using bench = await openBenchStation();
    bench.state.takeWard(wardOf(), 0);
    for (const role of ['technician', 'administrator'] as const) {
      const answer = await bench.server.inject({ url, headers: headers(bench.cookieFor(role)) });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ operations: null, devices: [{ device: 'oxi-1' }, { device: 'oxi-9' }] });
      expect(answer.body).not.toMatch(/Meier|stay|spo2/);
    }
  });

  it('does not call a device connected while the gateway is not heard', async () => {
    await using bench = await openBenchStation();
    const headersOf = headers(bench.cookieFor('technician'));
    const links = async () =>
      (await bench.server.inject({ url: '/devices', headers: headersOf })).json().devices[0].link;
    bench.state.takeWard(wardOf(), bench.nowMs);
    bench.state.setConnected(true);
    expect(await links()).toBe('up');
    bench.nowMs += GATEWAY_SILENT_MS_MAX;
    expect(await links()).toBe('unknown');
  });

  it.each(['nurse', 'auditor'] as const)('refuses a %s', async (role) => {
    await using bench = await openBenchStation();
    const answer = await bench.server.inject({ url, headers: headers(bench.cookieFor(role)) });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'ROLE_REFUSED']);
  });
});
