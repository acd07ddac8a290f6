// SPDX-License-Identifier: Apache-2.0
/**
 * Wearables that keep every reading until its PUBACK came, and send it again with the same number after a reconnect. They know
 * exactly what was acknowledged: the claim that the record must keep.
 */
import mqtt, { type MqttClient } from 'mqtt';

export interface LoadOptions {
  /** Name of the gateway in topics. */
  readonly gateway: string;
  /** Handles and secrets. */
  readonly devices: ReadonlyMap<string, string>;
  /** All devices together; real seconds. */
  readonly readingsPerSecond: number;
  /** 1 unless told otherwise, at most 64. */
  readonly readingsPerMessage?: number;
  /** Session of every device, 16 hex digits. */
  readonly session: string;
  /** Ward ms since 1970; the machine's clock unless told otherwise. */
  readonly wardMs?: () => number;
}

/** Readings of one device and session that were acknowledged, by sequence. */
export interface Acknowledged {
  readonly device: string;
  readonly session: string;
  readonly sequences: ReadonlySet<number>;
  /** Numbers 0 to below this were made; those beyond the acknowledged may or may not be in the record. */
  readonly made: number;
}

interface Message {
  readonly first: number;
  readonly count: number;
  readonly payload: string;
}

const TICK_MS = 10;
const RECONNECT_MS = 50;
/** A sensor whose memory is full makes no more readings. */
const MAX_UNACKNOWLEDGED = 500;
const HEART_RATE_FROM = 40;
const HEART_RATES = 100;

/** The value that reading number `sequence` carries, so that a record of the wrong reading shows. */
export function heartRateOf(sequence: number): number {
  return HEART_RATE_FROM + (sequence % HEART_RATES);
}

/** One SenML body with readings `first` and following. */
export function senmlBody(session: string, first: number, count: number, wardMs: number): string {
  const records = Array.from({ length: count }, (_, i) => ({
    ...(i === 0 && { bn: `${session}:` }),
    n: 'heartRate',
    u: '/min',
    v: heartRateOf(first + i),
    seq_: first + i,
    t: wardMs / 1000,
  }));
  return JSON.stringify(records);
}

export class SenmlLoad implements AsyncDisposable {
  readonly #options: LoadOptions;
  readonly #sensors: Sensor[];
  #port: number | undefined;
  #made = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#sensors = [...options.devices].map(
      ([handle, secret]) => new Sensor(handle, secret, options, () => this.#port),
    );
  }

  /** Readings are made from now on, and sent to whoever listens on `port`. */
  start(port: number): void {
    this.#port = port;
    for (const sensor of this.#sensors) sensor.connect();
    const startedAt = performance.now();
    const before = this.#made;
    const perMessage = this.#options.readingsPerMessage ?? 1;
    this.#timer = setInterval(() => {
      const due = before + (this.#options.readingsPerSecond * (performance.now() - startedAt)) / 1000;
      for (; this.#made + perMessage <= due; this.#made += perMessage) {
        this.#sensors[(this.#made / perMessage) % this.#sensors.length]?.make(perMessage);
      }
    }, TICK_MS);
  }

  /** The gateway came up again, on another port. */
  moveTo(port: number): void {
    this.#port = port;
  }

  /** The gateway is gone, and its port anybody's: sensors that knocked there could fall into another test. */
  lose(): void {
    this.#port = undefined;
  }

  /** No new readings; what is unacknowledged is still sent again. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  acknowledgedCount(): number {
    return this.#sensors.reduce((sum, sensor) => sum + sensor.acknowledged.size, 0);
  }

  unacknowledgedCount(): number {
    return this.#sensors.reduce((sum, sensor) => sum + sensor.made - sensor.acknowledged.size, 0);
  }

  acknowledged(): Acknowledged[] {
    const { session } = this.#options;
    return this.#sensors.map(({ handle, acknowledged, made }) => ({
      device: handle,
      session,
      sequences: acknowledged,
      made,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pause();
    for (const sensor of this.#sensors) await sensor.stop();
  }
}

/** One wearable: a fresh client per connection, and its own list of what nobody acknowledged. */
class Sensor {
  readonly handle: string;
  readonly acknowledged = new Set<number>();
  made = 0;
  readonly #secret: string;
  readonly #options: LoadOptions;
  readonly #port: () => number | undefined;
  readonly #waiting: Set<Message> = new Set();
  #client: MqttClient | undefined;
  #stopped = false;

  constructor(handle: string, secret: string, options: LoadOptions, port: () => number | undefined) {
    this.handle = handle;
    this.#secret = secret;
    this.#options = options;
    this.#port = port;
  }

  connect(): void {
    if (this.#client || this.#stopped) return;
    const client = mqtt.connect({
      host: '127.0.0.1',
      port: this.#port() ?? 0,
      protocolVersion: 4,
      clientId: this.handle,
      username: this.handle,
      password: this.#secret,
      reconnectPeriod: 0,
    });
    this.#client = client;
    client.on('connect', () => {
      for (const message of this.#waiting) this.#send(client, message);
    });
    // A connection that ends is not an error here: it is what the tests are about.
    client.on('error', () => client.end(true));
    client.on('close', () => {
      client.end(true);
      if (this.#client === client) this.#client = undefined;
      if (!this.#stopped) setTimeout(() => this.connect(), RECONNECT_MS);
    });
  }

  make(count: number): void {
    if (this.#waiting.size >= MAX_UNACKNOWLEDGED) return;
    const wardMs = (this.#options.wardMs ?? Date.now)();
    const message = { first: this.made, count, payload: senmlBody(this.#options.session, this.made, count, wardMs) };
    this.made += count;
    this.#waiting.add(message);
    if (this.#client?.connected) this.#send(this.#client, message);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client?.endAsync(true);
  }

  #send(client: MqttClient, message: Message): void {
    const topic = `lamplight/v1/${this.#options.gateway}/${this.handle}/senml`;
    client.publish(topic, message.payload, { qos: 1 }, (error) => {
      // Without an error this is the PUBACK.
      if (error || !this.#waiting.delete(message)) return;
      for (let i = 0; i < message.count; i += 1) this.acknowledged.add(message.first + i);
    });
  }
}
