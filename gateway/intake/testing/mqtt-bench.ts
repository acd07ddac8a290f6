// SPDX-License-Identifier: Apache-2.0
/** A broker on a free port and real mqtt.js clients for the tests of the broker. */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { silentLog } from '../../log.ts';
import { createMetrics } from '../../metrics.ts';
import { type BrokerOptions, startBroker } from '../broker.ts';
import type { Principal } from '../credentials.ts';

/** Every name signs in with the secret `secret of NAME`; names starting with `board` are stations. */
const credentials: BrokerOptions['credentials'] = {
  verify(name, secret): Principal | undefined {
    if (Buffer.from(secret).toString() !== secretOf(name)) return undefined;
    return name.startsWith('board') ? { kind: 'station', name } : { kind: 'device', handle: name };
  },
};

export async function mqttBench(override: Partial<BrokerOptions> = {}) {
  const metrics = createMetrics();
  const bodies: string[] = [];
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    gateway: 'gw',
    credentials,
    onSenml: async (handle, payload, qos) => void bodies.push(`${handle} ${qos} ${Buffer.from(payload)}`),
    onRequest: async (payload, station) => ({ to: station, payload: `re: ${Buffer.from(payload)}` }),
    log: silentLog(),
    metrics,
    ...override,
  });
  const clients: MqttClient[] = [];
  return {
    broker,
    metrics,
    /** What reached `onSenml`: handle, QoS, body. */
    bodies,
    /** A client that has not connected yet. */
    client(name: string, options: IClientOptions = {}): MqttClient {
      const client = dial(broker.port, name, options);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end(true);
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** One attempt, no reconnect, MQTT 3.1.1. */
export function dial(port: number, name: string, options: IClientOptions = {}): MqttClient {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port,
    protocolVersion: 4,
    reconnectPeriod: 0,
    clientId: name,
    username: name,
    password: secretOf(name),
    ...options,
  });
  // A refused connection is what many tests want; they look at the outcome.
  client.on('error', () => undefined);
  return client;
}

/** The next event of a client. mqtt.js has its own emitter type, which `events.once` does not take. */
export function next<Event extends 'close' | 'message' | 'connect'>(
  client: MqttClient,
  event: Event,
): Promise<unknown> {
  return new Promise((resolve) => client.once(event, resolve as () => void));
}

/** How an attempt to connect ended. */
export function outcome(client: MqttClient): Promise<'connected' | 'refused'> {
  return new Promise((resolve) => {
    client.once('connect', () => resolve('connected'));
    client.once('close', () => resolve('refused'));
  });
}

/** How a publish ended: acknowledged (or sent, with QoS 0), or the connection closed first. */
export function publishing(client: MqttClient, topic: string, body: string | Buffer, options: object = { qos: 1 }) {
  return new Promise<'acknowledged' | 'closed'>((resolve) => {
    client.once('close', () => resolve('closed'));
    client.publish(topic, body, options, (error) => {
      if (!error) resolve('acknowledged');
    });
  });
}

function secretOf(name: string): string {
  return `secret of ${name}`;
}
