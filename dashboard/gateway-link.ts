// SPDX-License-Identifier: Apache-2.0
/** The station's link to the gateway: one MQTT connection that returns for ever, questions with a deadline, and nothing taken unchecked. */
import mqtt, { type MqttClient } from 'mqtt';
import * as z from 'zod';
import { messageBody } from '../gateway/index.ts';
import {
  liveMessageSchema,
  type Request,
  type Response,
  responseSchema,
  topics,
  wardMessageSchema,
} from '../gateway/messages.ts';
import type { Counters } from './counters.ts';
import { DashboardError } from './errors.ts';
import { jsonOf, type StationCredential } from './station-credential.ts';
import type { WardState } from './ward-state.ts';

const REQUEST_MS_MAX = 5_000;
const REQUESTS_OPEN_MAX = 256;
const RECONNECT_MS = 1_000;
const CONNECT_MS_MAX = 5_000;
const KEEPALIVE_S = 5;
const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

/** A request without what the link itself adds. */
export type Command = Request extends infer R ? (R extends Request ? Omit<R, 'id' | 'from'> : never) : never;

export interface GatewayLinkDeps {
  readonly monotonicMs: () => number;
  readonly newId: () => string;
  readonly counters: Counters;
  /** Reads the credential anew; a restarted gateway may listen on another port. */
  readonly readCredential: () => Promise<StationCredential>;
  readonly requestMsMax?: number;
}

const snapshotSchema = z.strictObject({ ward: wardMessageSchema, live: liveMessageSchema });

/** Starts connecting and never gives up; what it hears goes into `state`. */
export function startGatewayLink(credential: StationCredential, state: WardState, deps: GatewayLinkDeps): GatewayLink {
  const client = mqtt.connect({
    protocol: 'mqtt',
    protocolVersion: 4,
    host: credential.host,
    port: credential.port,
    clientId: credential.name,
    username: credential.name,
    password: credential.secret,
    clean: true,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: RECONNECT_MS,
    connectTimeout: CONNECT_MS_MAX,
    // A command that waits for a connection would surprise the nurse later.
    queueQoSZero: false,
    resubscribe: false,
  });
  const link = new GatewayLink(client, credential, state, deps);
  link.attach();
  return link;
}

export class GatewayLink implements AsyncDisposable {
  readonly #client: MqttClient;
  #name: string;
  #topics: ReturnType<typeof topics>;
  readonly #state: WardState;
  readonly #deps: GatewayLinkDeps;
  readonly #waiting = new Map<string, (response: Response) => void>();

  constructor(client: MqttClient, credential: StationCredential, state: WardState, deps: GatewayLinkDeps) {
    this.#client = client;
    this.#name = credential.name;
    this.#topics = topics(credential.gateway);
    this.#state = state;
    this.#deps = deps;
  }

  attach(): void {
    this.#client.on('connect', () => void this.#greet());
    this.#client.on('close', () => void this.#lose());
    this.#client.on('error', () => this.#deps.counters.add('gateway_link_errors'));
    this.#client.on('message', (topic, payload) => this.#hear(topic, payload));
  }

  /**
   * Asks the gateway and waits for its answer, which may be a refusal (`ok: false`).
   * @throws DashboardError GATEWAY_DOWN when it cannot be asked, GATEWAY_SILENT when no answer comes in REQUEST_MS_MAX
   */
  async request(command: Command): Promise<Response> {
    if (!this.#client.connected) throw new DashboardError('GATEWAY_DOWN');
    if (this.#waiting.size >= REQUESTS_OPEN_MAX) {
      this.#deps.counters.add('gateway_requests_refused');
      throw new DashboardError('GATEWAY_DOWN', 'too many open questions');
    }
    const id = this.#deps.newId();
    const answer = Promise.withResolvers<Response>();
    const deadline = setTimeout(() => {
      this.#deps.counters.add('gateway_requests_timed_out');
      answer.reject(new DashboardError('GATEWAY_SILENT'));
    }, this.#deps.requestMsMax ?? REQUEST_MS_MAX);
    this.#waiting.set(id, answer.resolve);
    try {
      const payload = messageBody(JSON.stringify({ ...command, id, from: this.#name }));
      // Not QoS 1: the client would send it again to the next gateway, long after the person was told that nobody knows. And without
      // a callback: only the gateway's answer counts.
      this.#client.publish(this.#topics.request, payload, { qos: 0 }, () => {});
      return await answer.promise;
    } finally {
      clearTimeout(deadline);
      this.#waiting.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }

  /** The client connects again by itself in RECONNECT_MS, then to where the credential says now. */
  async #lose(): Promise<void> {
    this.#state.setConnected(false);
    try {
      const { gateway, host, port, name, secret } = await this.#deps.readCredential();
      this.#name = name;
      this.#topics = topics(gateway);
      Object.assign(this.#client.options, {
        host,
        hostname: host,
        port,
        clientId: name,
        username: name,
        password: secret,
      });
    } catch {
      // The gateway may be writing it now; the old one is tried once more.
      this.#deps.counters.add('gateway_credential_unreadable');
    }
  }

  async #greet(): Promise<void> {
    try {
      await this.#client.subscribeAsync(this.#topics.response(this.#name), { qos: 1 });
      await this.#client.subscribeAsync([this.#topics.live, this.#topics.ward], { qos: 0 });
      const response = await this.request({ command: 'snapshot', by: this.#name });
      const snapshot = snapshotSchema.safeParse(response.result);
      if (!snapshot.success) throw new DashboardError('REQUEST_MALFORMED');
      this.#state.setConnected(true);
      this.#state.takeSnapshot(snapshot.data.ward, snapshot.data.live, this.#deps.monotonicMs());
    } catch {
      // Refused, silent or malformed: begin again from the connection, in RECONNECT_MS.
      this.#deps.counters.add('gateway_greetings_failed');
      if (this.#client.connected) this.#client.stream.destroy();
    }
  }

  #hear(topic: string, payload: Buffer): void {
    const message = payload.length <= PAYLOAD_BYTES_MAX ? jsonOf(payload.toString('utf8')) : undefined;
    const at = this.#deps.monotonicMs();
    if (topic === this.#topics.live) {
      this.#take(liveMessageSchema, message, (live) => this.#state.takeLive(live, at));
    } else if (topic === this.#topics.ward) {
      this.#take(wardMessageSchema, message, (ward) => this.#state.takeWard(ward, at));
    } else {
      this.#take(responseSchema, message, (response) => this.#answer(response));
    }
  }

  #answer(response: Response): void {
    const resolve = this.#waiting.get(response.id);
    if (resolve === undefined) this.#deps.counters.add('gateway_answers_unasked');
    else resolve(response);
  }

  #take<T>(schema: z.ZodType<T>, message: unknown, take: (value: T) => void): void {
    const parsed = schema.safeParse(message);
    if (parsed.success) take(parsed.data);
    else this.#deps.counters.add('gateway_payloads_refused');
  }
}
