// SPDX-License-Identifier: Apache-2.0
/** Every rule of the broker, tried by real MQTT clients. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { IClientOptions } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { BROKER_LIMITS } from './broker-limits.ts';
import { mqttBench, next, outcome, publishing } from './testing/mqtt-bench.ts';

const SENML = 'lamplight/v1/gw/wear-1/senml';
const STATION = 'lamplight/v1/gw/station';

async function connected(bench: Awaited<ReturnType<typeof mqttBench>>, name: string, options: IClientOptions = {}) {
  const client = bench.client(name, options);
  expect(await outcome(client)).toBe('connected');
  return client;
}

describe('broker: signing in', () => {
  it.each<[string, IClientOptions, string]>([
    [
      'anonymous',
      { username: undefined, password: undefined } as unknown as IClientOptions,
      'mqtt_sign_in_refused_total',
    ],
    ['a name without a secret', { password: undefined } as unknown as IClientOptions, 'mqtt_sign_in_refused_total'],
    ['a wrong secret', { password: 'secret of wear-2' }, 'mqtt_sign_in_refused_total'],
    ['the client id of another device', { clientId: 'wear-2' }, 'mqtt_client_id_refused_total'],
    ['an empty client id', { clientId: '' }, 'mqtt_client_id_refused_total'],
    [
      'a will',
      { will: { topic: SENML, payload: Buffer.from('boo'), qos: 1, retain: false } },
      'mqtt_will_refused_total',
    ],
  ])('refuses %s at CONNECT', async (_, options, counter) => {
    await using bench = await mqttBench();
    expect(await outcome(bench.client('wear-1', options))).toBe('refused');
    expect(bench.metrics.read(counter)).toBe(1);
    expect(bench.bodies).toEqual([]);
  });

  it('refuses a client that does not promise to speak in time', async () => {
    await using bench = await mqttBench();
    expect(await outcome(bench.client('wear-1', { keepalive: 0 }))).toBe('refused');
    expect(await outcome(bench.client('wear-1', { keepalive: BROKER_LIMITS.keepaliveMaxSeconds + 1 }))).toBe('refused');
    expect(await outcome(bench.client('wear-1', { keepalive: BROKER_LIMITS.keepaliveMaxSeconds }))).toBe('connected');
  });

  it('does not let another device throw one out, but lets the same one come back', async () => {
    await using bench = await mqttBench();
    const links: string[] = [];
    bench.broker.onLink((handle, state) => links.push(`${handle} ${state}`));
    const first = await connected(bench, 'wear-1');
    expect(await outcome(bench.client('wear-2', { clientId: 'wear-1' }))).toBe('refused');
    expect(await publishing(first, SENML, 'still here')).toBe('acknowledged');
    const gone = next(first, 'close');
    await connected(bench, 'wear-1');
    await gone;
    expect(bench.broker.connected('wear-1')).toBe(true);
    expect(links.at(-1)).toBe('wear-1 up');
  });

  it('cuts whoever it is told to, and nobody else', async () => {
    await using bench = await mqttBench();
    const lost = await connected(bench, 'wear-1');
    const kept = await connected(bench, 'wear-2');
    const gone = next(lost, 'close');
    bench.broker.disconnect(new Set(['wear-1', 'nobody']));
    await gone;
    expect(bench.broker.connected('wear-1')).toBe(false);
    expect(await publishing(kept, SENML.replace('wear-1', 'wear-2'), 'still here')).toBe('acknowledged');
  });

  it('tells when a device comes and goes', async () => {
    await using bench = await mqttBench();
    const { promise, resolve } = Promise.withResolvers<void>();
    const links: string[] = [];
    bench.broker.onLink((handle, state) => {
      links.push(`${handle} ${state} ${bench.broker.connected(handle)}`);
      if (state === 'down') resolve();
    });
    await connected(bench, 'board-1');
    (await connected(bench, 'wear-1')).end();
    await promise;
    expect(links).toEqual(['wear-1 up true', 'wear-1 down false']);
  });

  it('turns away more clients than its limit', async () => {
    await using bench = await mqttBench({ limits: { ...BROKER_LIMITS, maxClients: 1 } });
    await connected(bench, 'wear-1');
    expect(await outcome(bench.client('wear-2'))).toBe('refused');
    expect(bench.metrics.read('mqtt_connections_dropped_total')).toBe(1);
  });

  it('closes a connection that never says CONNECT', async () => {
    await using bench = await mqttBench({ limits: { ...BROKER_LIMITS, connectTimeoutMs: 30 } });
    const socket = connectTcp(bench.broker.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'close');
    expect(bench.metrics.read('mqtt_client_errors_total')).toBe(1);
  });

  it('says which port is taken', async () => {
    await using bench = await mqttBench();
    const { port } = bench.broker;
    const again = mqttBench({ port });
    await expect(again).rejects.toMatchObject({ code: 'BROKER_PORT', message: expect.stringContaining(String(port)) });
  });
});

describe('broker: publishing', () => {
  it('hands over the body of a device on its own topic', async () => {
    await using bench = await mqttBench();
    const client = await connected(bench, 'wear-1');
    expect(await publishing(client, SENML, 'one')).toBe('acknowledged');
    await publishing(client, SENML, 'two', { qos: 0 });
    expect(await publishing(client, SENML, 'three')).toBe('acknowledged');
    expect(bench.bodies).toEqual(['wear-1 1 one', 'wear-1 0 two', 'wear-1 1 three']);
  });

  it.each([
    ['QoS 2', SENML, { qos: 2 }, 'mqtt_qos_refused_total'],
    ['retain', SENML, { qos: 1, retain: true }, 'mqtt_retain_refused_total'],
    ["another device's topic", 'lamplight/v1/gw/wear-2/senml', { qos: 1 }, 'mqtt_topic_refused_total'],
    ["another gateway's topic", 'lamplight/v1/other/wear-1/senml', { qos: 1 }, 'mqtt_topic_refused_total'],
    ['a request of a station', `${STATION}/request`, { qos: 1 }, 'mqtt_topic_refused_total'],
    ['live values', `${STATION}/live`, { qos: 1 }, 'mqtt_topic_refused_total'],
    ['its own acknowledgement', 'lamplight/v1/gw/wear-1/ack', { qos: 1 }, 'mqtt_topic_refused_total'],
    ['system topics', '$SYS/x', { qos: 1 }, 'mqtt_topic_refused_total'],
  ])('closes a device that publishes %s, and nothing is delivered', async (_, topic, options, counter) => {
    await using bench = await mqttBench();
    const board = await connected(bench, 'board-1');
    const heard: string[] = [];
    board.on('message', (on) => heard.push(on));
    await board.subscribeAsync(`${STATION}/#`);
    const client = await connected(bench, 'wear-1');
    expect(await publishing(client, topic, 'x', options)).toBe('closed');
    const after = next(board, 'message');
    await bench.broker.publish(`${STATION}/ward`, '{}');
    await after;
    expect(heard).toEqual([`${STATION}/ward`]);
    expect(bench.bodies).toEqual([]);
    expect(bench.metrics.read(counter)).toBe(1);
  });

  it.each([`${STATION}/live`, `${STATION}/response/board-2`, SENML])(
    'closes a station that publishes on %s',
    async (topic) => {
      await using bench = await mqttBench();
      expect(await publishing(await connected(bench, 'board-1'), topic, 'x')).toBe('closed');
      expect(bench.bodies).toEqual([]);
    },
  );

  it('takes 8 KiB and refuses a larger packet at its length, before the body comes', async () => {
    await using bench = await mqttBench();
    const client = await connected(bench, 'wear-1');
    expect(await publishing(client, SENML, Buffer.alloc(8192, 'x'))).toBe('acknowledged');
    const closed = next(client, 'close');
    // A PUBLISH of 256 MB in its first five bytes; nothing of it follows.
    client.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    await closed;
    expect(bench.metrics.read('mqtt_packet_too_large_total')).toBe(1);
  });

  it('delivers nothing of a too large packet that came in one piece', async () => {
    await using bench = await mqttBench();
    const client = await connected(bench, 'wear-1');
    expect(await publishing(client, SENML, Buffer.alloc(10_000, 'x'))).toBe('closed');
    expect(bench.bodies).toEqual([]);
  });
});

describe('broker: listening', () => {
  it.each([
    ['wear-1', 'lamplight/v1/gw/wear-1/ack', true],
    ['wear-1', 'lamplight/v1/gw/wear-2/ack', false],
    ['wear-1', SENML, false],
    ['wear-1', '#', false],
    ['wear-1', 'lamplight/v1/gw/+/ack', false],
    ['wear-1', `${STATION}/live`, false],
    ['wear-1', '$SYS/#', false],
    ['board-1', `${STATION}/#`, true],
    ['board-1', `${STATION}/response/board-1`, true],
    ['board-1', `${STATION}/response/board-2`, false],
    ['board-1', `${STATION}/request`, false],
    ['board-1', 'lamplight/v1/gw/+/senml', false],
    ['board-1', '#', false],
  ])('%s on %s: %s', async (name, filter, allowed) => {
    await using bench = await mqttBench();
    const client = await connected(bench, name);
    const granted = await client.subscribeAsync(filter, { qos: 0 }).then(
      (grants) => grants.every((grant) => grant.qos < 128),
      () => false,
    );
    expect(granted).toBe(allowed);
  });

  it('answers the station that asked and no other, though both listen on everything of stations', async () => {
    await using bench = await mqttBench();
    const [one, two] = [await connected(bench, 'board-1'), await connected(bench, 'board-2')];
    const heard: string[] = [];
    const all = Promise.withResolvers<void>();
    for (const [name, board] of Object.entries({ one, two })) {
      board.on('message', (topic, body) => {
        if (heard.push(`${name}: ${topic} ${body}`.trimEnd()) === 3) all.resolve();
      });
      await board.subscribeAsync(`${STATION}/#`);
    }
    expect(await publishing(one, `${STATION}/request`, 'snapshot')).toBe('acknowledged');
    await bench.broker.publish(`${STATION}/live`, 'now');
    await all.promise;
    expect(heard.toSorted()).toEqual([
      `one: ${STATION}/live now`,
      `one: ${STATION}/response/board-1 re: snapshot`,
      `two: ${STATION}/live now`,
    ]);
  });

  it('keeps a station whose request failed, and counts it', async () => {
    await using bench = await mqttBench({ onRequest: () => Promise.reject(new Error('no')) });
    const board = await connected(bench, 'board-1');
    expect(await publishing(board, `${STATION}/request`, 'x')).toBe('acknowledged');
    expect(bench.metrics.read('mqtt_requests_failed_total')).toBe(1);
  });

  it('keeps no session for a client that asks for one', async () => {
    await using bench = await mqttBench();
    const first = await connected(bench, 'board-1', { clean: false });
    await first.subscribeAsync(`${STATION}/#`, { qos: 1 });
    await first.endAsync();
    const again = bench.client('board-1', { clean: false });
    expect(await next(again, 'connect')).toMatchObject({ sessionPresent: false });
  });
});

it('broker: stops with clients connected and others half way', async () => {
  const bench = await mqttBench({ port: await freePort() });
  await connected(bench, 'wear-1');
  const half = connectTcp(bench.broker.port, '127.0.0.1').on('error', () => undefined);
  await once(half, 'connect');
  await bench[Symbol.asyncDispose]();
  await using again = await mqttBench({ port: bench.broker.port });
  await connected(again, 'wear-1');
});
