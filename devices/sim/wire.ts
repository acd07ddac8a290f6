// SPDX-License-Identifier: Apache-2.0
/** The device's end of a serial line: a serial server that the gateway connects to, or a tty. What nobody takes is lost, as on a wire. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { realDelay } from '../clock.ts';
import { DeviceError } from '../errors.ts';
import { type Line, openLine } from '../serial/transport.ts';

export interface Wire extends AsyncDisposable {
  /** TCP port; undefined for a tty. */
  readonly port: number | undefined;
  /** Never waits. False if nobody took the bytes. */
  send(bytes: Uint8Array): boolean;
  /** While the plug is out the line is closed. */
  setPlugged(plugged: boolean): void;
}

const HOST = '127.0.0.1';
const MAX_LISTENERS = 4;
/** A reader that is this far behind loses bytes. */
const MAX_BACKLOG_BYTES = 65_536;
const RETRY_MS = 250;

/** Listens on the loopback port (0: a free one). Rejects with SIMULATE_PORT. */
export async function tcpWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let plugged = true;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (!plugged) {
      socket.destroy();
      return;
    }
    sockets.add(socket.setNoDelay());
    socket.resume();
    socket.once('close', () => sockets.delete(socket));
  });
  server.maxConnections = MAX_LISTENERS;
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch (cause) {
    throw new DeviceError('SIMULATE_PORT', `port ${port}`, { cause });
  }
  const address = server.address();
  return {
    port: typeof address === 'object' ? address?.port : undefined,
    send(bytes) {
      const taking = [...sockets].filter((socket) => socket.writable && socket.writableLength < MAX_BACKLOG_BYTES);
      for (const socket of taking) socket.write(bytes);
      return taking.length > 0;
    },
    setPlugged(now) {
      plugged = now;
      if (!plugged) drop();
    },
    async [Symbol.asyncDispose]() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Opens the tty in the background, and again whenever it is lost. */
export function ttyWire(path: string, baudRate: number): Wire {
  const stop = new AbortController();
  let line: Line | undefined;
  let plugged = true;
  let writing = false;
  const attach = async () => {
    while (!stop.signal.aborted) {
      try {
        if (plugged) {
          line = await openLine(path, { baudRate, onData: () => undefined });
          await line.closed;
        }
      } catch (error) {
        // Not there yet, or no longer: what is sent meanwhile is counted as lost by the device.
        if (!(error instanceof DeviceError)) throw error;
      }
      line = undefined;
      await realDelay(RETRY_MS, stop.signal);
    }
  };
  const attached = attach();
  const close = async () => line?.[Symbol.asyncDispose]();
  return {
    port: undefined,
    send(bytes) {
      if (!line || writing) return false;
      writing = true;
      const done = () => {
        writing = false;
      };
      // A write that fails closes the line, and that is what the loop above waits for.
      line.write(bytes).then(done, done);
      return true;
    },
    setPlugged(now) {
      plugged = now;
      if (!plugged) void close();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await close();
      await attached;
    },
  };
}
