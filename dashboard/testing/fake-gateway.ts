// SPDX-License-Identifier: Apache-2.0
/** A small gateway for tests: a real broker, the published messages, and a ward in memory. It speaks as the real one does, or lies on request. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import {
  type LiveReading,
  type Request,
  type Response,
  requestSchema,
  topics,
  type WardMessage,
} from '../../gateway/messages.ts';
import { freePort } from '../../test/support/free-port.ts';
import type { StationCredential } from '../station-credential.ts';

export const STAYS = { one: '1'.repeat(32), two: '2'.repeat(32), loose: 'f'.repeat(32) } as const;

/** Opens a broker on `port` (otherwise a free one) and answers requests until disposed. */
export async function startFakeGateway(at?: number): Promise<FakeGateway> {
  const port = at ?? (await freePort());
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const credential = { gateway: 'gw1', host: '127.0.0.1', port, name: 'station', secret: 's'.repeat(32) };
  const gateway = new FakeGateway(broker, credential, async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    await new Promise<void>((resolve) => broker.close(resolve));
  });
  gateway.attach();
  return gateway;
}

export class FakeGateway implements AsyncDisposable {
  readonly credential: StationCredential;
  readonly heard: Request[] = [];
  readonly #broker: Aedes;
  readonly #close: () => Promise<void>;
  #closed = false;
  /** false: requests are heard and never answered. */
  answers = true;
  /** true: what comes is neither heard nor acknowledged, as of a gateway that dies with it in hand. */
  hangs = false;
  /** What came while it hung. */
  lost = 0;
  /** Sensors that ask for `confirm` before they are linked. */
  readonly usedBefore = new Set<string>();
  ward: WardMessage = wardOf();
  readings: LiveReading[] = [];

  constructor(broker: Aedes, credential: StationCredential, close: () => Promise<void>) {
    this.#broker = broker;
    this.credential = credential;
    this.#close = close;
  }

  attach(): void {
    const { request } = topics(this.credential.gateway);
    this.#broker.authenticate = (_client, name, password, done) =>
      done(null, name !== undefined && password?.toString() === this.credential.secret);
    this.#broker.authorizePublish = (_client, _packet, done) => {
      if (this.hangs) this.lost += 1;
      else done(null);
    };
    this.#broker.on('publish', (packet) => {
      if (packet.topic === request) this.#hear(requestSchema.parse(JSON.parse(packet.payload.toString())));
    });
  }

  /** Sends values measured `ageMs` ago. */
  sendLive(readings: readonly LiveReading[]): void {
    this.readings = [...readings];
    this.publish('live', { type: 'live', sentMs: Date.now(), readings });
  }

  sendWard(): void {
    this.publish('ward', { ...this.ward, sentMs: Date.now() });
  }

  /** Anything at all, so that a test can lie. */
  publish(topic: 'live' | 'ward', payload: unknown): void {
    this.#send(topics(this.credential.gateway)[topic], typeof payload === 'string' ? payload : JSON.stringify(payload));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#close();
  }

  #hear(request: Request): void {
    this.heard.push(request);
    if (!this.answers) return;
    const response = { id: request.id, ...this.#do(request) } satisfies Response;
    this.#send(topics(this.credential.gateway).response(request.from), JSON.stringify(response));
    if (request.command !== 'snapshot') this.sendWard();
  }

  #do(request: Request): Omit<Response, 'id'> {
    if (request.command === 'snapshot') {
      const sentMs = Date.now();
      return {
        ok: true,
        result: { ward: { ...this.ward, sentMs }, live: { type: 'live', sentMs, readings: this.readings } },
      };
    }
    if (
      'device' in request &&
      request.command !== 'unlink' &&
      this.usedBefore.has(request.device ?? '') &&
      !request.confirm
    ) {
      return {
        ok: false,
        code: 'CONFIRM_REUSE',
        message: 'This sensor was used for another patient.',
        advice: 'Look at the sensor.',
      };
    }
    const bed = 'bed' in request ? request.bed : null;
    const stay = request.command === 'discharge' ? null : STAYS.two;
    const name = request.command === 'admit' ? (request.name ?? null) : null;
    if (request.command === 'admit' || request.command === 'discharge') {
      const beds = this.ward.beds.map((each) =>
        each.bed === bed ? { ...each, stay, name, admittedMs: stay === null ? null : Date.now() } : each,
      );
      this.ward = { ...this.ward, beds };
    }
    const device = 'device' in request ? request.device : undefined;
    const devices = this.ward.devices.map((each) =>
      each.device === device || (stay === null && each.bed === bed)
        ? { ...each, bed: stay && bed, stay: bed && stay }
        : each,
    );
    this.ward = { ...this.ward, devices };
    return { ok: true };
  }

  #send(topic: string, payload: string): void {
    const packet = { cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false } as const;
    this.#broker.publish(packet, () => {});
  }
}

/** Two beds, one with a patient and a sensor, and one loose sensor. */
export function wardOf(change: Partial<WardMessage> = {}): WardMessage {
  const device = {
    kind: 'Pulse oximeter',
    link: 'up',
    lastSeenMs: Date.now(),
    resends: 0,
    gaps: 0,
    battery: null,
    trust: 'C',
  } as const;
  return {
    type: 'ward',
    gateway: 'gw1',
    wardName: 'Ward 3',
    sentMs: Date.now(),
    rate: 1,
    origin: 'synthetic',
    beds: [
      { bed: '1', stay: STAYS.one, admittedMs: Date.now() - 3_600_000, name: 'Meier A.' },
      { bed: '2', stay: null, admittedMs: null, name: null },
    ],
    devices: [
      { ...device, device: 'oxi-1', bed: '1', stay: STAYS.one },
      { ...device, device: 'oxi-9', bed: null, stay: STAYS.loose },
    ],
    recording: 'recording',
    ...change,
  };
}

export function readingOf(change: Partial<LiveReading> = {}): LiveReading {
  return {
    stay: STAYS.one,
    bed: '1',
    device: 'oxi-1',
    vital: 'spo2',
    value: '97',
    absent: null,
    unit: '%',
    measuredMs: Date.now(),
    receivedMs: Date.now(),
    flags: 0,
    trust: 'C',
    staleAfterMs: 15_000,
    lostAfterMs: 60_000,
    ...change,
  };
}
