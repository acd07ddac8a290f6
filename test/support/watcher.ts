// SPDX-License-Identifier: Apache-2.0
/** A station that only listens: what the board is told, and whether its values are alive. */
import mqtt, { type MqttClient } from 'mqtt';
import { liveMessageSchema, topics, wardMessageSchema } from '../../gateway/messages.ts';
import { type GatewayHome, type GatewayProcess, PROCESS_GATEWAY } from './gateway-process.ts';

export class Watcher implements AsyncDisposable {
  /** What the last ward message said of the disk. */
  recording: string | undefined;
  /** Ward ms of the newest measurement shown of each device. */
  readonly shownMs = new Map<string, number>();
  readonly #client: MqttClient;

  constructor(client: MqttClient) {
    this.#client = client;
  }

  take(topic: string, body: string): void {
    const names = topics(PROCESS_GATEWAY);
    if (topic === names.ward) this.recording = wardMessageSchema.parse(JSON.parse(body)).recording;
    if (topic !== names.live) return;
    for (const { device, measuredMs } of liveMessageSchema.parse(JSON.parse(body)).readings) {
      this.shownMs.set(device, Math.max(measuredMs, this.shownMs.get(device) ?? 0));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

export async function watch(home: GatewayHome, gateway: GatewayProcess, station: string): Promise<Watcher> {
  const client = await mqtt.connectAsync({
    host: '127.0.0.1',
    port: gateway.brokerPort,
    protocolVersion: 4,
    clientId: station,
    username: station,
    password: home.secrets.get(station) ?? '',
  });
  const watcher = new Watcher(client);
  client.on('message', (topic, body) => watcher.take(topic, body.toString()));
  await client.subscribeAsync(`lamplight/v1/${PROCESS_GATEWAY}/station/#`);
  return watcher;
}
