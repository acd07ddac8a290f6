// SPDX-License-Identifier: Apache-2.0
/** Stations at the broker: several connections of one, and questions that take long, tried by real MQTT clients. */
import type { IClientOptions } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { BROKER_LIMITS } from './broker-limits.ts';
import { mqttBench, next, outcome, publishing } from './testing/mqtt-bench.ts';

const STATION = 'lamplight/v1/gw/station';

async function connected(bench: Awaited<ReturnType<typeof mqttBench>>, name: string, options: IClientOptions = {}) {
  const client = bench.client(name, options);
  expect(await outcome(client)).toBe('connected');
  return client;
}

describe('broker: stations', () => {
  it('lets a station have several connections, none of which cuts another off', async () => {
    await using bench = await mqttBench();
    const heard: string[] = [];
    const ask = async (clientId: string) => {
      const client = await connected(bench, 'board-1', { clientId });
      client.on('message', (_, body) => heard.push(`${clientId} ${body}`.trimEnd()));
      await client.subscribeAsync(`${STATION}/response/board-1`);
      return client;
    };
    const clients = [await ask('board-1'), await ask('board-1/a'), await ask('board-1/b')];
    await clients[1]!.publishAsync(`${STATION}/request`, 'q', { qos: 1 });
    await expect.poll(() => heard.toSorted()).toEqual(['board-1 re: q', 'board-1/a re: q', 'board-1/b re: q']);
    expect(clients.every((client) => client.connected)).toBe(true);
    // Its secret is gone: so are all of them.
    const gone = Promise.all(clients.map((client) => next(client, 'close')));
    bench.broker.disconnect(new Set(['board-1']));
    await gone;
  });

  it.each([
    ['a device', 'wear-1', 'wear-1/a'],
    ['another station', 'board-1', 'board-2/a'],
    ['one whose name begins alike', 'board-1', 'board-10/a'],
  ])('refuses the client id of %s with a word behind it', async (_, name, clientId) => {
    await using bench = await mqttBench();
    expect(await outcome(bench.client(name, { clientId }))).toBe('refused');
    expect(bench.metrics.read('mqtt_client_id_refused_total')).toBe(1);
  });

  it('lets no station use up the connections of the devices', async () => {
    await using bench = await mqttBench({ limits: { ...BROKER_LIMITS, maxConnectionsPerStation: 2 } });
    const first = await connected(bench, 'board-1', { clientId: 'board-1/1' });
    await connected(bench, 'board-1', { clientId: 'board-1/2' });
    expect(await outcome(bench.client('board-1', { clientId: 'board-1/3' }))).toBe('refused');
    expect(bench.metrics.read('mqtt_station_crowded_total')).toBe(1);
    await connected(bench, 'board-2', { clientId: 'board-2/3' });
    await first.endAsync();
    await expect.poll(() => outcome(bench.client('board-1', { clientId: 'board-1/3' }))).toBe('connected');
  });

  it('lets a station go on asking while an answer takes long, and makes it wait when too many do', async () => {
    const slow = Promise.withResolvers<void>();
    const limits = { ...BROKER_LIMITS, maxRequestsUnderWay: 2 };
    const onRequest = async (payload: Uint8Array, to: string) => {
      if (Buffer.from(payload).toString() === 'slow') await slow.promise;
      return { to, payload: Buffer.from(payload).toString() };
    };
    await using bench = await mqttBench({ limits, onRequest });
    const board = await connected(bench, 'board-1');
    const heard: string[] = [];
    board.on('message', (_, body) => heard.push(body.toString().trim()));
    await board.subscribeAsync(`${STATION}/response/board-1`);
    expect(await publishing(board, `${STATION}/request`, 'slow')).toBe('acknowledged');
    board.publish(`${STATION}/request`, 'quick', { qos: 1 });
    await expect.poll(() => heard).toEqual(['quick']);
    for (const body of ['slow', 'last']) board.publish(`${STATION}/request`, body, { qos: 1 });
    await expect.poll(() => bench.metrics.read('mqtt_requests_waited_total')).toBeGreaterThan(0);
    slow.resolve();
    await expect.poll(() => heard.toSorted()).toEqual(['last', 'quick', 'slow', 'slow']);
  });
});
