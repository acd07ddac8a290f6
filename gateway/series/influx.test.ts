// SPDX-License-Identifier: Apache-2.0
/** The InfluxDB connection against a server that answers as told: which answers are a refusal, which are tried again, and what hangs. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { systemTimers } from '../timers.ts';
import { InfluxConnection, type InfluxOptions, type InfluxPoint } from './influx.ts';

const POINT: InfluxPoint = {
  measurement: 'b',
  tags: { tag: '00' },
  fields: { header: 'AA==' },
  timestamp: '1763700000000000001',
};
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function connectionTo(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: Partial<InfluxOptions> = {},
): Promise<InfluxConnection> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = new InfluxConnection({ url, database: 'lamplight', ...options }, systemTimers());
  closing.push(
    () => connection[Symbol.dispose](),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return connection;
}

const answering = (status: number, body = '') => connectionTo((_, response) => response.writeHead(status).end(body));

describe('a write', () => {
  it.each([400, 413, 422])('that is answered with %i is a refusal', async (status) => {
    expect(await (await answering(status, '{"error":"partial write"}')).write([POINT])).toBe(false);
  });

  it.each([
    [500, 'SERIES_UNREACHABLE'],
    [503, 'SERIES_UNREACHABLE'],
    [429, 'SERIES_UNREACHABLE'],
    [301, 'SERIES_ACCESS'],
    [401, 'SERIES_ACCESS'],
    [403, 'SERIES_ACCESS'],
    [404, 'SERIES_ACCESS'],
  ])('that is answered with %i rejects with %s, at once and however often', async (status, code) => {
    const connection = await answering(status);
    for (let i = 0; i < 3; i++) await expect(connection.write([POINT])).rejects.toMatchObject({ code });
    const good = await answering(204);
    expect(await good.write([POINT])).toBe(true);
  });

  it('goes out as line protocol with nanoseconds, and is asked for once', async () => {
    const seen: string[] = [];
    const connection = await connectionTo((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(503).end();
    });
    await expect(connection.write([POINT])).rejects.toBeInstanceOf(GatewayError);
    expect(seen).toEqual(['POST /write?db=lamplight&precision=n&rp=']);
  });

  it('to nobody rejects with the reason, and without a password', async () => {
    const connection = await answering(204);
    for (const close of closing.splice(0)) close();
    const error = await connection.write([POINT]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SERIES_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('an answer', () => {
  it.each(['', '{"results":[{"statement_id":0,"ser', '{"results":[]'])(
    'that stalls after %j is given up, which the client alone never does',
    async (begun) => {
      const connection = await connectionTo((_, response) => response.writeHead(200).write(begun || ' '), {
        requestTimeoutMs: 100,
      });
      await expect(connection.query(['SELECT 1'])).rejects.toMatchObject({ code: 'SERIES_UNREACHABLE' });
    },
  );

  it('that breaks off is given up', async () => {
    const connection = await connectionTo(
      (_, response) => {
        response.writeHead(200).write('{"res');
        setTimeout(() => response.destroy(), 20);
      },
      { requestTimeoutMs: 200 },
    );
    await expect(connection.query(['SELECT 1'])).rejects.toMatchObject({ code: 'SERIES_UNREACHABLE' });
  });

  it.each([
    'not JSON',
    '[]',
    '{}',
    '{"results":[]}',
    '{"results":[{"error":"database not found"}]}',
    '{"results":[{"series":1}]}',
  ])('of %j is no answer to a query', async (body) => {
    const connection = await answering(200, body);
    await expect(connection.query(['SELECT 1'])).rejects.toMatchObject({ code: 'SERIES_QUERY_FAILED' });
  });

  it('gives rows with the tags of their series', async () => {
    const series = [{ name: 'b', tags: { tag: '00' }, columns: ['time', 'header'], values: [['t', 'AA==']] }];
    const connection = await answering(200, JSON.stringify({ results: [{ series }, {}] }));
    expect(await connection.query(['a', 'b'])).toEqual([
      [{ tags: { tag: '00' }, columns: { time: 't', header: 'AA==' } }],
      [],
    ]);
  });
});

describe('signing in', () => {
  const headerOf = async (options: Partial<InfluxOptions>) => {
    let header: string | undefined;
    const connection = await connectionTo((request, response) => {
      header = request.headers.authorization;
      response.writeHead(401).end();
    }, options);
    const error = await connection.write([POINT]).catch((reason: unknown) => reason);
    return { header, error };
  };

  it('is done with the configured password, which is in no error', async () => {
    const { header, error } = await headerOf({ username: 'gateway', password: 'secret-7' });
    expect(header).toBe(`Basic ${btoa('gateway:secret-7')}`);
    const words = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).stack);
    expect(words).not.toContain('secret-7');
    expect(words).not.toContain(btoa('gateway:secret-7'));
  });

  it('is not done as root with the password root, the default of the client', async () => {
    expect((await headerOf({})).header).toBeUndefined();
  });
});
