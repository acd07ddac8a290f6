// SPDX-License-Identifier: Apache-2.0
/** The sending half of a wearable: keeps every message until the broker has acknowledged it, and sends it again after each reconnect. */
import mqtt, { type MqttClient } from 'mqtt';
import { realDelay } from '../clock.ts';

/** Real time and counts: a socket does not know the ward's clock. */
export interface SenderLimits {
  /** What the wearable's memory holds. When it is full the oldest message not yet under way is lost. */
  readonly queueMessages: number;
  /** Sent and not yet acknowledged. */
  readonly windowMessages: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  readonly connectTimeoutMs: number;
}

export const SENDER_LIMITS: SenderLimits = {
  queueMessages: 4096,
  windowMessages: 16,
  firstRetryMs: 100,
  longestRetryMs: 5000,
  connectTimeoutMs: 5000,
};

/** CONNACK return codes 4 and 5: bad user name or password, not authorized [MQTT-3.1.1 table 3.1]. */
const REFUSED = new Set<unknown>([4, 5]);
const KEEPALIVE_S = 30;

export interface SenderOptions {
  /** mqtt://host:port */
  readonly broker: string;
  readonly handle: string;
  readonly secret: string;
  readonly topic: string;
  readonly limits?: SenderLimits;
  readonly onAcknowledged?: (message: Uint8Array) => void;
}

export class MqttSender implements AsyncDisposable {
  readonly #options: SenderOptions;
  readonly #limits: SenderLimits;
  readonly #stop = new AbortController();
  readonly #queue: Uint8Array[] = [];
  readonly #counts = { sent: 0, acknowledged: 0, connects: 0, lostLinks: 0, refusedConnects: 0, droppedMessages: 0 };
  /** Messages at the head of the queue that are under way on the present connection. */
  #underWay = 0;
  #client: MqttClient | undefined;
  #plugged = true;
  #changed: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#limits = options.limits ?? SENDER_LIMITS;
  }

  /** Connects in the background, and again whenever the link is lost. */
  start(): this {
    this.#running = this.#run();
    return this;
  }

  /** Takes a message. False if the memory was full and another message was lost for it. */
  send(message: Uint8Array): boolean {
    const full = this.#queue.length >= this.#limits.queueMessages;
    if (full) {
      this.#queue.splice(Math.min(this.#underWay, this.#queue.length - 1), 1);
      this.#counts.droppedMessages++;
    }
    this.#queue.push(message);
    this.#pump();
    return !full;
  }

  /** Resolves once at most `messages` are not yet acknowledged, or the sender is stopped or refused. */
  async drained(messages: number): Promise<void> {
    while (this.#queue.length > messages && !this.#stop.signal.aborted && this.#counts.refusedConnects === 0) {
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** Pulls the plug, or puts it in: nothing passes while it is out, and the wearable keeps what it measures. */
  setPlugged(plugged: boolean): void {
    if (this.#plugged === plugged) return;
    this.#plugged = plugged;
    if (!plugged) this.#client?.end(true);
    this.#tell();
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counts, waiting: this.#queue.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#client?.end(true);
    this.#tell();
    await this.#running;
  }

  async #run(): Promise<void> {
    let retryMs = this.#limits.firstRetryMs;
    while (!this.#stop.signal.aborted) {
      if (!this.#plugged) {
        await new Promise<void>((resolve) => this.#changed.push(resolve));
        continue;
      }
      const wasUp = await this.#connectOnce();
      retryMs = wasUp ? this.#limits.firstRetryMs : Math.min(2 * retryMs, this.#limits.longestRetryMs);
      await realDelay(retryMs, this.#stop.signal);
    }
  }

  /** Lives through one connection; says whether there was one. */
  async #connectOnce(): Promise<boolean> {
    const { broker, handle, secret } = this.#options;
    // Our own queue and our own reconnect: what mqtt.js would keep and resend itself nobody could bound or count.
    const client = mqtt.connect(broker, {
      protocolVersion: 4,
      clientId: handle,
      username: handle,
      password: secret,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: this.#limits.connectTimeoutMs,
      keepalive: KEEPALIVE_S,
    });
    let wasUp = false;
    client.on('connect', () => {
      wasUp = true;
      this.#counts.connects++;
      this.#client = client;
      this.#pump();
    });
    // Every error ends in 'close'; only a refusal says more than that.
    client.on('error', (error) => {
      if ('code' in error && REFUSED.has(error.code)) this.#counts.refusedConnects++;
    });
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    const stop = () => client.end(true);
    this.#stop.signal.addEventListener('abort', stop);
    await closed;
    this.#stop.signal.removeEventListener('abort', stop);
    client.end(true);
    this.#client = undefined;
    this.#underWay = 0;
    if (wasUp) this.#counts.lostLinks++;
    this.#tell();
    return wasUp;
  }

  #pump(): void {
    const client = this.#client;
    while (client && this.#underWay < Math.min(this.#limits.windowMessages, this.#queue.length)) {
      const message = this.#queue[this.#underWay++] as Uint8Array;
      this.#counts.sent++;
      client.publish(this.#options.topic, Buffer.from(message), { qos: 1 }, (error) => {
        // An answer on a connection that is over counts for nothing: the message goes out again on the next one.
        if (!error && this.#client === client) this.#acknowledged(message);
      });
    }
  }

  #acknowledged(message: Uint8Array): void {
    this.#queue.splice(this.#queue.indexOf(message), 1);
    this.#underWay--;
    this.#counts.acknowledged++;
    this.#options.onAcknowledged?.(message);
    this.#tell();
    this.#pump();
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = [];
    for (const resolve of changed) resolve();
  }
}
