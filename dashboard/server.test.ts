// SPDX-License-Identifier: Apache-2.0
/** Every route by everybody: who may, who may not, from where, and what is answered. The gateway link is a stand-in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword } from './accounts/password.ts';
import { ROLES } from './accounts/role.ts';
import { ROUTES } from './routes/table.ts';
import { type BenchStation, openBenchStation } from './testing/bench-station.ts';
import { STAYS, wardOf } from './testing/fake-gateway.ts';

const PASSWORD = 'correct horse battery';
const OWN = { host: 'localhost:80', origin: 'http://localhost:80', 'x-lamplight': '1' };
let bench: BenchStation;

beforeEach(async () => {
  bench = await openBenchStation();
  bench.state.takeWard(wardOf(), 0);
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  expect(bench.faults).toEqual([]);
});

const addressOf = (url: string) =>
  url
    .replace(':bed', '1')
    .replace(':handle', 'oxi-1')
    .replace(':file', 'main.js')
    .replace(':stay', STAYS.one)
    .replace(':name', 'Nobody');

function send(method: 'GET' | 'POST', url: string, options: { cookie?: string; body?: object; headers?: object } = {}) {
  const cookie = options.cookie === undefined ? {} : { cookie: options.cookie };
  const given = Object.entries({ ...OWN, ...cookie, ...options.headers }).filter(([, value]) => value !== undefined);
  const payload = method === 'POST' ? { payload: options.body ?? {} } : {};
  return bench.server.inject({ method, url: addressOf(url), headers: Object.fromEntries(given), ...payload });
}

describe('the route table', () => {
  it('is all there is: nothing else answers, not even that it is missing', async () => {
    const served = ROUTES.map(({ method, url }) => `${method} ${url}`);
    expect(new Set(served).size).toBe(served.length);
    for (const { method, url } of ROUTES) expect(bench.server.hasRoute({ method, url })).toBe(true);
    for (const url of ['/beds', '/index.html', '/assets/../index.html', '/bench.accounts.db', '/metrics']) {
      expect((await send('GET', url)).statusCode, url).toBe(401);
      expect((await send('GET', url, { cookie: bench.cookieFor('nurse') })).statusCode, url).toBe(404);
    }
  });

  for (const { method, url, access } of ROUTES) {
    it(`${method} ${url} is for ${access}`, async () => {
      const anonymous = await send(method, url);
      if (access !== 'anyone') expect(anonymous.statusCode).toBe(401);
      for (const role of ROLES) {
        const { statusCode } = await send(method, url, { cookie: bench.cookieFor(role), body: { device: 'oxi-1' } });
        const may = typeof access === 'string' || access.includes(role);
        if (may) expect([401, 403], role).not.toContain(statusCode);
        else expect(statusCode, role).toBe(403);
      }
      if (access !== 'anyone' && access !== 'signed-in') {
        const stranger = await send(method, url, { cookie: bench.cookieOf('gw2', ...ROLES) });
        expect([stranger.statusCode, stranger.json().code], 'another ward').toEqual([403, 'WARD_REFUSED']);
        expect((await send(method, url, { cookie: bench.cookieFor() })).statusCode, 'no role').toBe(403);
      }
    });
  }

  it('lets only the sign-in page, its files, its questions and the health check be used by anyone', () => {
    const open = ROUTES.filter(({ access }) => access === 'anyone').map(({ method, url }) => `${method} ${url}`);
    expect(open.sort()).toEqual([
      'GET /',
      'GET /assets/:file',
      'GET /claim',
      'GET /healthz',
      'GET /session',
      'POST /claim',
      'POST /sign-in',
    ]);
  });
});

describe('a request from elsewhere', () => {
  it.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:81' }],
    ['no origin', { origin: undefined }],
    ['no own header', { 'x-lamplight': undefined }],
    ['a foreign name for this machine', { host: 'evil.example', origin: 'http://evil.example' }],
  ])('%s is refused, whoever is signed in', async (_name, headers) => {
    const response = await send('POST', '/beds/:bed/discharge', { cookie: bench.cookieFor('nurse'), headers });
    expect([response.statusCode, response.json().code]).toEqual([403, 'ORIGIN_REFUSED']);
    expect(bench.asked).toEqual([]);
  });

  it('gets strict headers and nothing cacheable', async () => {
    const page = await send('GET', '/');
    expect(page.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self';",
    );
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    expect((await send('GET', '/session')).headers['cache-control']).toBe('no-store');
    expect((await send('GET', '/assets/:file')).headers['cache-control']).toContain('immutable');
  });
});

describe('coming in', () => {
  it('by the claim link once: the first account is administrator and nurse', async () => {
    const token = bench.accounts.newClaim()!;
    expect((await send('GET', '/session')).json()).toEqual({ person: null, claimed: false });
    const body = { token, name: 'Ada', password: PASSWORD };
    expect((await send('POST', '/claim', { body: { ...body, password: 'short' } })).json().code).toBe('PASSWORD_SHORT');
    const claimed = await send('POST', '/claim', { body });
    expect(claimed.json()).toEqual({ person: { name: 'Ada', roles: ['nurse', 'administrator'], ward: 'gw1' } });
    expect(claimed.headers['set-cookie']).toMatch(
      /^lamplight=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect((await send('POST', '/claim', { body: { ...body, name: 'Eve' } })).json().code).toBe('CLAIM_SPENT');
  });

  it('by name and password, and out again', async () => {
    bench.accounts.addAccount(
      { name: 'Ada', roles: ['nurse'], ward: 'gw1' },
      await hashPassword(PASSWORD, new Uint8Array(16)),
    );
    expect((await send('POST', '/sign-in', { body: { name: 'Ada', password: 'wrong' } })).statusCode).toBe(401);
    const response = await send('POST', '/sign-in', { body: { name: 'Ada', password: PASSWORD } });
    const cookie = String(response.headers['set-cookie']).split(';')[0]!;
    expect((await send('GET', '/session', { cookie })).json().person.name).toBe('Ada');
    await send('POST', '/sign-out', { cookie });
    expect((await send('GET', '/session', { cookie })).json().person).toBeNull();
  });

  it('as somebody else ends the session that this browser had: one browser, one person', async () => {
    const ada = bench.cookieFor('administrator');
    const { path } = (await send('POST', '/accounts', { cookie: ada, body: { name: 'Bo', roles: ['nurse'] } })).json();
    const token = path.split('#')[1].split('/')[0];
    const claimed = await send('POST', '/claim', { cookie: ada, body: { token, name: 'Bo', password: PASSWORD } });
    expect(claimed.json().person.name).toBe('Bo');
    expect((await send('GET', '/session', { cookie: ada })).json().person).toBeNull();
  });

  it.each([
    [{}],
    [{ name: 'Ada' }],
    [{ name: 'Ada', password: PASSWORD, more: 1 }],
    [{ name: 'A', password: 'x'.repeat(5000) }],
  ])('is refused when malformed: %#', async (body) => {
    const response = await send('POST', '/sign-in', { body });
    expect([400, 413]).toContain(response.statusCode);
    expect(response.json().code).toBe('REQUEST_MALFORMED');
  });
});

describe('a command', () => {
  it('goes to the gateway in the person’s name', async () => {
    const cookie = bench.cookieFor('nurse');
    const reply = await send('POST', '/beds/:bed/admit', { cookie, body: { device: 'oxi-9', confirm: true } });
    expect([reply.statusCode, reply.json()]).toEqual([200, { ok: true }]);
    await send('POST', '/devices/:handle/unlink', { cookie });
    expect(bench.asked).toEqual([
      { command: 'admit', bed: '1', device: 'oxi-9', confirm: true, by: 'nurse' },
      { command: 'unlink', device: 'oxi-1', by: 'nurse' },
    ]);
  });

  it('about accesses says when there may be more than are told', async () => {
    const access = { id: '1', stay: STAYS.one, by: 'Ada', purpose: 'trend', atMs: 1, fromMs: 0, toMs: 1, outbox: 1 };
    const more = async (accesses: object[]) => {
      bench.answer = { ok: true, result: { accesses } };
      return (await send('GET', '/stays/:stay/accesses', { cookie: bench.cookieFor('auditor') })).json().more;
    };
    expect(await more([access])).toBe(false);
    expect(await more(Array(1000).fill(access))).toBe(true);
  });

  it('about a patient names the one that the nurse sees, or is refused', async () => {
    const cookie = bench.cookieFor('nurse');
    for (const [url, body] of [
      ['/beds/:bed/discharge', {}],
      ['/beds/:bed/transfer', { to: '2' }],
      ['/beds/:bed/link', { device: 'oxi-9' }],
    ] as const) {
      expect((await send('POST', url, { cookie, body })).statusCode, url).toBe(400);
      expect((await send('POST', url, { cookie, body: { ...body, stay: STAYS.one } })).statusCode, url).toBe(200);
    }
    expect(bench.asked.map((command) => 'stay' in command && command.stay)).toEqual(Array(3).fill(STAYS.one));
  });

  it('about readings names the stay of the address, which must be on the ward, and whoever sent it', async () => {
    const cookie = bench.cookieFor('nurse');
    const correction = 'ab'.repeat(16);
    const mark = { fromMs: 1, toMs: 2, reason: 'in-error', why: 'off' };
    const back = { correction, why: 'the wrong hour' };
    const url = '/stays/:stay/corrections';
    expect((await send('POST', url, { cookie, body: mark })).json()).toEqual({ ok: true });
    expect((await send('POST', `${url}/withdraw`, { cookie, body: back })).json()).toEqual({ ok: true });
    const own = { stay: STAYS.one, by: 'nurse' };
    expect(bench.asked).toEqual([
      { command: 'correct', ...mark, ...own },
      { command: 'withdraw-correction', ...back, ...own },
    ]);
    const elsewhere = await send('POST', `/stays/${STAYS.two}/corrections/withdraw`, { cookie, body: back });
    expect(elsewhere.json().code).toBe('STAY_ELSEWHERE');
    for (const body of [
      { correction },
      { ...back, correction: 'x' },
      { ...back, stay: STAYS.two },
      { ...back, by: 'Eve' },
    ])
      expect((await send('POST', `${url}/withdraw`, { cookie, body })).statusCode).toBe(400);
    expect(bench.asked).toHaveLength(2);
  });

  it('that the gateway refuses comes back with its code and words', async () => {
    bench.answer = { ok: false, code: 'CONFIRM_REUSE', message: 'Used before.', advice: 'Look.' };
    const reply = await send('POST', '/beds/:bed/link', {
      cookie: bench.cookieFor('nurse'),
      body: { device: 'oxi-9', stay: STAYS.one },
    });
    expect([reply.statusCode, reply.json()]).toEqual([
      409,
      { code: 'CONFIRM_REUSE', message: 'Used before.', advice: 'Look.' },
    ]);
  });

  it('that tries to name its own author is refused', async () => {
    const reply = await send('POST', '/beds/:bed/admit', { cookie: bench.cookieFor('nurse'), body: { by: 'Eve' } });
    expect(reply.statusCode).toBe(400);
    expect(bench.asked).toEqual([]);
  });
});
