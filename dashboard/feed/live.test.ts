// SPDX-License-Identifier: Apache-2.0
/** The live feed over real sockets: who gets one, what it says first, and when it ends. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SESSION_AGE_MS_MAX } from '../accounts/account-store.ts';
import { type BenchStation, openBenchStation } from '../testing/bench-station.ts';
import { readingOf, STAYS, wardOf } from '../testing/fake-gateway.ts';
import { RETRY_MS } from './board-accesses.ts';
import { CLOSE_SESSION_ENDED, type FeedMessage } from './feed-message.ts';

const UPGRADE = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': `${'A'.repeat(22)}==`,
};
/** What comes over a socket has come by then, also on a machine that does much else. */
const HEARD_MS_MAX = 10_000;
let bench: BenchStation;
let host: string;

beforeEach(async () => {
  bench = await openBenchStation();
  host = new URL(await bench.server.listen({ host: '127.0.0.1', port: 0 })).host;
});
afterEach(() => bench[Symbol.asyncDispose]());

/** Status of a handshake: 101 when the feed opens. */
async function handshake(headers: Record<string, string>): Promise<number> {
  const status = Promise.withResolvers<number>();
  const asked = request(`http://${host}/live`, { headers: { ...UPGRADE, origin: `http://${host}`, ...headers } });
  asked.on('response', (response) => status.resolve(response.statusCode ?? 0));
  asked.on('upgrade', (_response, socket) => {
    socket.destroy();
    status.resolve(101);
  });
  asked.end();
  return status.promise;
}

async function open(cookie: string) {
  const heard: FeedMessage[] = [];
  const closed = Promise.withResolvers<number>();
  const socket = new WebSocket(`ws://${host}/live`, { headers: { cookie, origin: `http://${host}` } });
  socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data))));
  socket.addEventListener('close', ({ code }) => closed.resolve(code));
  await vi.waitFor(() => expect(heard).not.toEqual([]), HEARD_MS_MAX);
  return { heard, closed: closed.promise, socket };
}

describe('the live feed', () => {
  it('is closed to strangers, other roles and other origins', async () => {
    const cookie = bench.cookieFor('nurse');
    expect(await handshake({ cookie })).toBe(101);
    expect(await handshake({})).toBe(401);
    for (const role of ['technician', 'administrator', 'auditor'] as const) {
      expect(await handshake({ cookie: bench.cookieFor(role) }), role).toBe(403);
    }
    expect(await handshake({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await handshake({ cookie, host: 'evil.example', origin: 'http://evil.example' })).toBe(403);
  });

  it('tells everything first, then changes, then ward time', async () => {
    bench.hub.start();
    const at = bench.nowMs;
    bench.state.takeSnapshot(wardOf(), { type: 'live', sentMs: at, readings: [readingOf()] }, at);
    const { heard } = await open(bench.cookieFor('nurse'));
    bench.state.takeLive({ type: 'live', sentMs: at, readings: [readingOf({ value: '91' })] }, at);
    bench.state.takeWard(wardOf({ origin: null }), at);
    bench.hub.beat();
    // The hub beats by itself too, at any moment.
    const isBeat = ({ type }: FeedMessage) => type === 'beat';
    await vi.waitFor(() => {
      expect(heard.filter((message) => !isBeat(message)).map(({ type }) => type)).toEqual(['snapshot', 'live', 'ward']);
      expect(heard.findLastIndex(isBeat)).toBeGreaterThan(heard.findIndex(({ type }) => type === 'ward'));
    }, HEARD_MS_MAX);
    expect(heard[0]).toMatchObject({
      readings: [{ value: '97' }],
      ward: { origin: 'synthetic' },
      rate: 1,
      gateway: 'down',
    });
    expect(heard.find(({ type }) => type === 'live')).toMatchObject({ readings: [{ value: '91' }] });
  });

  it('puts on record who has it open, and goes on without that when it fails', async () => {
    const at = bench.nowMs;
    bench.answer = { ok: false, code: 'JOURNAL_FULL' };
    bench.state.takeSnapshot(wardOf(), { type: 'live', sentMs: at, readings: [readingOf()] }, at);
    bench.hub.start();
    const { heard, socket } = await open(bench.cookieFor('nurse'));
    const entry = { command: 'log-access', by: 'nurse', stay: STAYS.one, purpose: 'board' };
    expect(bench.asked).toMatchObject([entry]);
    bench.state.takeLive({ type: 'live', sentMs: at, readings: [readingOf({ value: '91' })] }, at);
    await vi.waitFor(
      () => expect(heard).toContainEqual({ type: 'live', readings: [expect.objectContaining({ value: '91' })] }),
      HEARD_MS_MAX,
    );
    bench.answer = { ok: true };
    bench.nowMs += RETRY_MS;
    bench.hub.beat();
    expect(bench.asked).toMatchObject([entry, entry]);
    // A patient who is admitted while it is open.
    bench.state.takeWard(wardOf({ beds: [{ bed: '2', stay: STAYS.two, admittedMs: at, name: null }] }), bench.nowMs);
    bench.hub.beat();
    await vi.waitFor(
      () => expect(bench.asked).toMatchObject([entry, entry, { ...entry, stay: STAYS.two }]),
      HEARD_MS_MAX,
    );
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('closes at sign-out, and at the age limit of the session though it counts as use', async () => {
    const first = bench.cookieFor('nurse');
    const board = await open(first);
    await bench.server.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { host, origin: `http://${host}`, 'x-lamplight': '1', cookie: first },
    });
    expect(await board.closed).toBe(CLOSE_SESSION_ENDED);
    const second = await open(bench.cookieFor('nurse'));
    const endMs = bench.nowMs + SESSION_AGE_MS_MAX;
    for (; bench.nowMs < endMs; bench.nowMs += 60_000) {
      expect(second.socket.readyState).toBe(WebSocket.OPEN);
      bench.hub.beat();
    }
    bench.hub.beat();
    expect(await second.closed).toBe(CLOSE_SESSION_ENDED);
  });

  it('does not hold up the end of the station, even when the other side answers nothing', async () => {
    const asked = request(`http://${host}/live`, {
      headers: { ...UPGRADE, origin: `http://${host}`, cookie: bench.cookieFor('nurse') },
    });
    await new Promise((resolve) => asked.on('upgrade', resolve).end());
    const startedMs = performance.now();
    await bench.server.close();
    // Without a limit of ours a mute board holds the server for the 30 s of the WebSocket library.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  it('opens six times for one session and not seven times, and again when one is closed', async () => {
    const cookie = bench.cookieFor('nurse');
    const boards = [];
    for (let n = 0; n < 6; n++) boards.push(await open(cookie));
    expect(await handshake({ cookie })).toBe(503);
    boards[0]?.socket.close();
    await boards[0]?.closed;
    await vi.waitFor(async () => expect(await handshake({ cookie })).toBe(101), HEARD_MS_MAX);
  });
});
