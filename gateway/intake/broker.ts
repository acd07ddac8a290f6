// SPDX-License-Identifier: Apache-2.0
/**
 * The embedded MQTT broker (3.1.1). Every client signs in with its own secret and may do exactly one thing: a device publishes its
 * readings, a station asks and listens. A PUBACK leaves only after the reading is stored.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import { GatewayError, type GatewayErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { topics } from '../messages.ts';
import type { Metrics } from '../metrics.ts';
import { BROKER_LIMITS, type BrokerLimits } from './broker-limits.ts';
import { type BrokerPolicy, brokerPolicy } from './broker-policy.ts';
import type { Principal } from './credentials.ts';
import { createPacketGate } from './packet-gate.ts';
import { type Publish, publisher } from './publisher.ts';

export interface BrokerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Name of the gateway in topics. */
  readonly gateway: string;
  readonly credentials: { verify(name: string, secret: Uint8Array): Principal | undefined };
  /** Stores a body. The PUBACK leaves after it resolves; when it rejects, the connection closes without one and the device sends again. */
  readonly onSenml: (handle: string, payload: Uint8Array, qos: 0 | 1) => Promise<void>;
  /**
   * Whether this rejection of `onSenml` costs the PUBACK alone: the connection stays, so that newer readings still arrive, and the
   * device sends again after `disconnectDevices`. Never unless told otherwise.
   */
  readonly withholds?: (error: unknown) => boolean;
  /** Answers a request of a station; undefined: no answer. */
  readonly onRequest: (payload: Uint8Array, station: string) => Promise<Answer | undefined>;
  readonly limits?: BrokerLimits;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'count'>;
}
/** The part of a PUBLISH that the rules look at. */
interface PublishPacket {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: Buffer | string;
}
interface Answer {
  /** Name of the station that asked. */
  readonly to: string;
  /** JSON. */
  readonly payload: string;
}
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** To every subscriber, QoS 0; never rejects. Dropped and counted when subscribers are too slow. */
  readonly publish: Publish;
  connected(handle: string): boolean;
  /** Ends the connection of every device: MQTT 3.1.1 sends what was not acknowledged again only after a reconnect. */
  disconnectDevices(): void;
  /** Closes the connections of these devices and stations; they come back only with what is then a good secret. */
  disconnect(names: ReadonlySet<string>): void;
  /** Tells when a device comes and goes. */
  onLink(listener: (handle: string, state: 'up' | 'down') => void): void;
}

/** Starts to listen. Throws GatewayError BROKER_PORT. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const limits = options.limits ?? BROKER_LIMITS;
  const door = new Doorkeeper(options);
  const aedes = new Inbox({
    ...door.rules(),
    connectTimeout: limits.connectTimeoutMs,
    keepaliveLimit: limits.keepaliveMaxSeconds,
    queueLimit: limits.maxQueuedPackets,
    drainTimeout: limits.drainTimeoutMs,
  });
  await aedes.listen();
  const publish = publisher(aedes, limits.maxPublishesInFlight, options.metrics);
  door.publish = publish;
  aedes.on('clientReady', (client) => door.arrived(client));
  aedes.on('clientDisconnect', (client) => door.left(client));
  aedes.on('clientError', (client, error) => door.fault(client, error));
  aedes.on('connectionError', (client, error) => door.fault(client, error));

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
    // After `handle`, so that aedes goes on reading by itself; each chunk passes here before its parser sees it.
    const gate = createPacketGate(limits.maxPacketBytes);
    socket.on('data', (chunk: Buffer) => {
      if (!gate(chunk)) door.tooLarge(socket);
    });
  });
  server.maxConnections = limits.maxClients;
  server.on('drop', () => options.metrics.count('mqtt_connections_dropped_total'));
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => aedes.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  try {
    await once(server.listen(options.port, options.host), 'listening');
  } catch (cause) {
    await close();
    throw new GatewayError('BROKER_PORT', `${options.host}:${options.port}`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    publish,
    connected: (handle) => door.devices.has(handle),
    disconnectDevices: () => {
      for (const client of door.devices.values()) client.close();
    },
    disconnect: (names) => door.cut(names),
    onLink: (listener) => door.listeners.push(listener),
    [Symbol.asyncDispose]: close,
  };
}

/** What a client publishes ends with us: nobody may subscribe to it (`brokerPolicy`), so no subscriber is looked for. */
class Inbox extends Aedes {
  /** aedes calls it with the client that published, or null for a message of the broker's own; we call it without one. */
  override publish(packet: Parameters<Aedes['publish']>[0], ...rest: unknown[]): void {
    const [client, done] = rest as [Client | null, () => void];
    if (client !== null && typeof client === 'object') done();
    else super.publish(packet, rest.at(-1) as () => void);
  }
}

/** Knows every client's principal and asks the policy for each of its steps. */
class Doorkeeper {
  readonly devices = new Map<string, Client>();
  readonly listeners: ((handle: string, state: 'up' | 'down') => void)[] = [];
  publish: Publish = async () => undefined;
  readonly #options: BrokerOptions;
  readonly #policy: BrokerPolicy;
  readonly #clients = new Set<Client>();
  readonly #principals = new WeakMap<Client, Principal>();
  readonly #withWill = new WeakSet<Client>();
  readonly #oversized = new WeakSet<object>();
  #asked = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#policy = brokerPolicy(options.gateway);
  }

  rules(): AedesOptions {
    return {
      preConnect: (client, packet, done) => {
        if (packet.will) this.#withWill.add(client);
        // No session outlives its connection: what it would queue has no bound, and nobody needs it.
        packet.clean = true;
        done(null, true);
      },
      authenticate: (client, name, secret, done) => {
        const refusal = this.#signIn(client, name, secret);
        if (refusal !== undefined) this.#refused(refusal, client);
        done(null, refusal === undefined);
      },
      // The only hook that aedes awaits before it acknowledges.
      authorizePublish: (client, packet, done) => {
        this.#take(client, packet).then(
          () => done(null),
          (error: Error) => {
            if (!this.#options.withholds?.(error)) return done(error);
            this.#options.metrics.count('mqtt_pubacks_withheld_total');
            // aedes acknowledges what has QoS 1 by now.
            packet.qos = 0;
            done(null);
          },
        );
      },
      authorizeSubscribe: (client, subscription, done) => {
        const who = this.#principals.get(client);
        const allowed = who !== undefined && this.#policy.maySubscribe(who, subscription.topic);
        if (!allowed) this.#refused('MQTT_TOPIC_REFUSED', client);
        done(null, allowed ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        const who = this.#principals.get(client);
        return who !== undefined && this.#policy.mayReceive(who, packet.topic) ? packet : null;
      },
    };
  }

  #signIn(client: Client, name: string | undefined, secret: Uint8Array | undefined): GatewayErrorCode | undefined {
    const principal = name && secret ? this.#options.credentials.verify(name, secret) : undefined;
    if (principal === undefined) return 'MQTT_SIGN_IN_REFUSED';
    if (!this.#policy.mayBeCalled(principal, client.id)) return 'MQTT_CLIENT_ID_REFUSED';
    if (principal.kind === 'station' && this.#isCrowded(principal.name)) return 'MQTT_STATION_CROWDED';
    if (this.#withWill.has(client)) return 'MQTT_WILL_REFUSED';
    this.#principals.set(client, principal);
    return undefined;
  }

  /** One station must not use up the connections of the devices. */
  #isCrowded(name: string): boolean {
    const own = [...this.#clients].filter((client) => nameOf(this.#principals.get(client)) === name);
    return own.length >= (this.#options.limits ?? BROKER_LIMITS).maxConnectionsPerStation;
  }

  async #take(client: Client | null, packet: PublishPacket): Promise<void> {
    const who = client ? this.#principals.get(client) : undefined;
    if (client === null || who === undefined) throw this.#refused('MQTT_SIGN_IN_REFUSED', client);
    // Already counted when the gate saw its length.
    if (this.#oversized.has(client.conn)) throw new GatewayError('MQTT_PACKET_TOO_LARGE');
    const refusal = this.#policy.publishRefusal(who, packet);
    if (refusal !== undefined) throw this.#refused(refusal, client);
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    if (who.kind === 'station') return this.#hear(payload, who.name);
    await this.#options.onSenml(who.handle, payload, packet.qos === 1 ? 1 : 0); // Commit point: the PUBACK follows.
  }

  /** What else the station says on this connection does not wait for an answer that takes long, unless very many do. */
  async #hear(payload: Uint8Array, station: string): Promise<void> {
    this.#asked += 1;
    const answered = this.#answer(payload, station).finally(() => {
      this.#asked -= 1;
    });
    if (this.#asked < (this.#options.limits ?? BROKER_LIMITS).maxRequestsUnderWay) return;
    this.#options.metrics.count('mqtt_requests_waited_total');
    await answered;
  }

  async #answer(payload: Uint8Array, station: string): Promise<void> {
    try {
      const answer = await this.#options.onRequest(payload, station);
      if (answer?.to === station) await this.publish(topics(this.#options.gateway).response(station), answer.payload);
      else if (answer) this.#options.metrics.count('mqtt_answers_misdirected_total');
    } catch (error) {
      // A station that asked for something impossible keeps its live values.
      this.#options.log.error('request-failed', { station, error });
      this.#options.metrics.count('mqtt_requests_failed_total');
    }
  }

  tooLarge(socket: Socket): void {
    if (!this.#oversized.has(socket)) this.#refused('MQTT_PACKET_TOO_LARGE', null);
    this.#oversized.add(socket);
    socket.destroy();
  }

  cut(names: ReadonlySet<string>): void {
    for (const client of this.#clients) if (names.has(nameOf(this.#principals.get(client)))) client.close();
  }

  arrived(client: Client): void {
    this.#clients.add(client);
    const principal = this.#principals.get(client);
    if (principal?.kind !== 'device') return;
    this.devices.set(principal.handle, client);
    for (const listener of this.listeners) listener(principal.handle, 'up');
  }

  left(client: Client): void {
    this.#clients.delete(client);
    const principal = this.#principals.get(client);
    // The connection that took over stays.
    if (principal?.kind !== 'device' || this.devices.get(principal.handle) !== client) return;
    this.devices.delete(principal.handle);
    for (const listener of this.listeners) listener(principal.handle, 'down');
  }

  fault(client: Client, error: Error): void {
    this.#options.metrics.count('mqtt_client_errors_total');
    this.#options.log.debug('mqtt-client-error', { ...fieldsOf(this.#principals.get(client)), error });
  }

  #refused(code: GatewayErrorCode, client: Client | null): GatewayError {
    this.#options.metrics.count(`${code.toLowerCase()}_total`);
    this.#options.log.warn('mqtt-refused', { code, ...fieldsOf(client ? this.#principals.get(client) : undefined) });
    return new GatewayError(code);
  }
}

function nameOf(principal: Principal | undefined): string {
  return principal?.kind === 'device' ? principal.handle : (principal?.name ?? '');
}

function fieldsOf(principal: Principal | undefined): { device?: string; station?: string } {
  if (principal === undefined) return {};
  return principal.kind === 'device' ? { device: principal.handle } : { station: principal.name };
}
