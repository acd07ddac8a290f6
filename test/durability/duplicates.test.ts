// SPDX-License-Identifier: Apache-2.0
/** Everything by which a reading could stand twice, each against a whole gateway: resends, replays, QoS 2, wills, retained messages. */
import mqtt, { type IClientOptions, type IClientPublishOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GatewayHome, type GatewayProcess, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { checkRecord, SOUND } from '../support/record-check.ts';
import { senmlBody } from '../support/senml-load.ts';

const HANDLE = 'wear-1';
const TOPIC = `lamplight/v1/${PROCESS_GATEWAY}/${HANDLE}/senml`;
const SESSION = 'd0b1e5d0b1e5d0b1';
const MEASURED_MS = Date.now();
const READINGS = 20;

let home: GatewayHome;
let clients: MqttClient[];
beforeEach(async () => {
  home = await prepareHome({ devices: { [HANDLE]: null } });
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.endAsync(true);
  await home[Symbol.asyncDispose]();
});

it('a resend after a kill between commit and PUBACK stands once', async () => {
  const lastSent = 4;
  const dying = await home.start({ fault: `puback-before:${lastSent + 1}` });
  const acknowledged: number[] = [];
  const client = await connect(dying);
  for (let sequence = 0; sequence <= lastSent; sequence += 1) {
    if (await send(client, sequence)) acknowledged.push(sequence);
  }
  expect(acknowledged).toEqual([0, 1, 2, 3]);
  expect(await dying.exited).toMatchObject({ signal: 'SIGKILL' });

  const gateway = await home.start();
  expect(await send(await connect(gateway), lastSent)).toBe(true);
  expect(await recordOf(gateway, lastSent + 1)).toEqual({ ...SOUND, readings: lastSent + 1 });
});

it('a replayed capture stands once: by a second connection, after a restart, after a newer session, in larger messages', async () => {
  let gateway = await home.start();
  const sendAll = async (perMessage = 1) => {
    const client = await connect(gateway);
    for (let first = 0; first < READINGS; first += perMessage) expect(await send(client, first, perMessage)).toBe(true);
  };
  await sendAll();
  await sendAll();
  await gateway.kill();
  gateway = await home.start();
  await sendAll();
  const client = await connect(gateway);
  const newer = 'ffffffffffffffff';
  expect(await publish(client, senmlBody(newer, 0, 1, MEASURED_MS + 1000))).toBe(true);
  await sendAll(5);
  expect(
    await recordOf(gateway, READINGS, [{ device: HANDLE, session: newer, sequences: new Set([0]), made: 1 }]),
  ).toEqual({
    ...SOUND,
    readings: READINGS + 1,
  });
});

it('the same number with another value does not stand beside the first, nor in its place', async () => {
  const gateway = await home.start();
  const client = await connect(gateway);
  expect(await send(client, 0)).toBe(true);
  expect(await publish(client, senmlBody(SESSION, 0, 1, MEASURED_MS).replace('"v":40', '"v":99'))).toBe(true);
  expect(await recordOf(gateway, 1)).toEqual({ ...SOUND, readings: 1 });
});

it.each([
  ['QoS 2', { qos: 2 }],
  ['QoS 2 sent again', { qos: 2, dup: true }],
  ['a retained message', { qos: 1, retain: true }],
] as const)('%s is refused and leaves nothing', async (_, options) => {
  const gateway = await home.start();
  expect(await publish(await connect(gateway), senmlBody(SESSION, 0, 1, MEASURED_MS), options)).toBe(false);
  expect(await recordOf(gateway, 0)).toEqual({ ...SOUND, readings: 0 });
});

it('a client with a will is refused, and its will never becomes a reading', async () => {
  const gateway = await home.start();
  const will = {
    topic: TOPIC,
    payload: Buffer.from(senmlBody(SESSION, 0, 1, MEASURED_MS)),
    qos: 1,
    retain: false,
  } as const;
  await expect(connect(gateway, { will })).rejects.toThrow(/not authorized/i);
  expect(await recordOf(gateway, 0)).toEqual({ ...SOUND, readings: 0 });
});

async function connect(gateway: GatewayProcess, more: IClientOptions = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(
    `mqtt://127.0.0.1:${gateway.brokerPort}`,
    {
      protocolVersion: 4,
      clientId: HANDLE,
      username: HANDLE,
      password: home.secrets.get(HANDLE) ?? '',
      reconnectPeriod: 0,
      ...more,
    },
    false,
  );
  clients.push(client);
  return client;
}

function send(client: MqttClient, first: number, count = 1): Promise<boolean> {
  return publish(client, senmlBody(SESSION, first, count, MEASURED_MS));
}

/** Whether it was acknowledged; false when the connection ended first. */
function publish(client: MqttClient, body: string, options: IClientPublishOptions = { qos: 1 }): Promise<boolean> {
  return new Promise((resolve) => {
    const onClose = () => resolve(false);
    client.once('close', onClose);
    client.publish(TOPIC, body, options, (error) => {
      client.off('close', onClose);
      resolve(!error);
    });
  });
}

/** Stops the gateway and compares: the first `acknowledged` readings of the session, and `others`. */
async function recordOf(gateway: GatewayProcess, acknowledged: number, others: Parameters<typeof checkRecord>[1] = []) {
  expect(await gateway.stop()).toBe(0);
  const sequences = new Set(Array.from({ length: acknowledged }, (_, i) => i));
  const { batches: _, ...findings } = await checkRecord(home, [
    { device: HANDLE, session: SESSION, sequences, made: acknowledged },
    ...others,
  ]);
  return findings;
}
