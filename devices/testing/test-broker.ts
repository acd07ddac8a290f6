// SPDX-License-Identifier: Apache-2.0
/** A real broker for tests of virtual wearables: takes SenML of gateway "demo", remembers it, and can leave messages unanswered. */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { freePort } from '../../test/support/free-port.ts';
import { decodeSenml } from '../mqtt/senml.ts';
import type { Measurement } from '../reading.ts';

export class TestBroker implements AsyncDisposable {
  /** The secret that a client of this name signs in with. */
  static secretOf(name: string): string {
    return `the secret of ${name}`;
  }

  readonly messages: Measurement[][] = [];
  /** What devices said of their batteries, in percent. */
  readonly batteries: number[] = [];
  readonly packets: { qos: number; retain: boolean; clientId: string }[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #aedes: Aedes | undefined;
  port = 0;
  /** Swallows so many messages: the connection ends without PUBACK. */
  unanswered = 0;

  /** Messages of one device, in the order of their arrival. */
  messagesOf(handle: string): Measurement[][] {
    return this.messages.filter((_, at) => this.packets[at]?.clientId === handle);
  }

  async open(): Promise<this> {
    const aedes = await Aedes.createBroker({
      authenticate: (client, name, password, done) =>
        done(null, client.id === name && password?.toString() === TestBroker.secretOf(name)),
      authorizePublish: (client, packet, done) => {
        if (packet.topic !== `lamplight/v1/demo/${client?.id}/senml`) return done(new Error('topic'));
        const decoded = decodeSenml(packet.payload as Buffer);
        if (!decoded.ok) return done(decoded.error);
        this.messages.push(decoded.value.measurements);
        if (decoded.value.batteryPercent !== undefined) this.batteries.push(decoded.value.batteryPercent);
        this.packets.push({ qos: packet.qos, retain: packet.retain, clientId: client?.id ?? '' });
        done(this.unanswered-- > 0 ? new Error('no answer') : null);
      },
    });
    this.#aedes = aedes;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.on('close', () => this.#sockets.delete(socket)));
      aedes.handle(socket);
    });
    this.port ||= await freePort();
    await new Promise<void>((resolve) => this.#server?.listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
    await new Promise<void>((resolve) => this.#aedes?.close(resolve));
  }
}
