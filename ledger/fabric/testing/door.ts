// SPDX-License-Identifier: Apache-2.0
/** A TCP door before a server: what comes in is passed on untouched, until the door is closed or the lines are cut. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../test/support/free-port.ts';

export class Door {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number | undefined;

  /** `target`: the port on this machine that lies behind. */
  constructor(target: number) {
    this.#target = target;
  }

  get address(): string {
    return `127.0.0.1:${this.#port ?? 0}`;
  }

  /** Listens, at the same port as before if there was one. */
  async open(): Promise<void> {
    if (this.#server) return;
    this.#port ??= await freePort();
    const server = createServer({ noDelay: true }, (socket) => this.#pass(socket));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
  }

  /** Refuses whoever comes, and cuts who is there. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    this.cut();
    server.close();
    await once(server, 'close');
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(outer: Socket): void {
    // Without noDelay each small message would wait 40 ms for the acknowledgement of the one before.
    const inner = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      // Either end may break off at any time: that is what a door is for.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
