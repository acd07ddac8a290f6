// SPDX-License-Identifier: Apache-2.0
/** A byte line to a serial device: a tty, or tcp://host:port of a serial server. The only importer of serialport. */
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SerialPort } from 'serialport';
import { DeviceError } from '../errors.ts';

export interface LineOptions {
  /** Of a tty; 8 data bits, no parity, 1 stop bit. A serial server has its own settings. */
  readonly baudRate: number;
  /** Takes bytes as they come, from the moment the line is open. */
  readonly onData: (chunk: Uint8Array) => void;
  readonly openTimeoutMs?: number;
  /** Gives up opening. An open line is closed by disposing it. */
  readonly signal?: AbortSignal;
  readonly writeTimeoutMs?: number;
}

/** An open line. It does not come back once it is closed: open another. */
export interface Line extends AsyncDisposable {
  /** Resolves when the line is gone, whoever closed it. */
  readonly closed: Promise<void>;
  /** Resolves when the bytes have left. Rejects with SERIAL_WRITE_TIMEOUT, at the latest after the write timeout; the line is then closed. */
  write(bytes: Uint8Array): Promise<void>;
}

const OPEN_TIMEOUT_MS = 5000;
const WRITE_TIMEOUT_MS = 2000;
const PRESENCE_CHECK_MS = 1000;
const TCP_URL = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^/:\s]+):(\d{1,5})$/;
const TTY_PATH = /^\/\S+$/;

/** What a line's address means; undefined if it is neither a path nor tcp://host:port. */
export function parseLineUrl(url: string): { path: string } | { host: string; port: number } | undefined {
  if (TTY_PATH.test(url)) return { path: url };
  const [, host, port] = TCP_URL.exec(url) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** Opens the line. Rejects with SERIAL_URL, or with SERIAL_OPEN_FAILED when it cannot be opened in time or `signal` is aborted. */
export async function openLine(url: string, options: LineOptions): Promise<Line> {
  const target = parseLineUrl(url);
  if (!target) throw new DeviceError('SERIAL_URL');
  const stream =
    'path' in target
      ? await ttyOf(target.path, options.baudRate)
      : connectTcp({ host: target.host, port: target.port, noDelay: true });
  // What went wrong shows in `close`, which follows; a tty can fail without closing, so it is helped along.
  stream.on('error', () => destroy(stream));
  try {
    const late = AbortSignal.timeout(options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
    await opened(stream, options.signal ? AbortSignal.any([late, options.signal]) : late);
  } catch (cause) {
    destroy(stream);
    throw new DeviceError('SERIAL_OPEN_FAILED', undefined, { cause });
  }
  if ('path' in target) watchPresence(target.path, stream);
  return flowing(stream, options);
}

/** Loaded with the first tty: most gateways have none, and every worker would carry the native binding. */
async function ttyOf(path: string, baudRate: number): Promise<SerialPort> {
  const { SerialPort } = await import('serialport');
  return new SerialPort({ path, baudRate, autoOpen: false });
}

function isTty(stream: Duplex): stream is SerialPort {
  return 'isOpen' in stream;
}

/**
 * Closes a tty whose name is gone or names another device. Needed because an unplug in the middle of a read can leave serialport
 * reading 0 bytes for ever, neither closed nor failed.
 */
function watchPresence(path: string, stream: Duplex): void {
  const nameOf = async () => {
    const { ino, rdev } = await stat(path);
    return `${ino} ${rdev}`;
  };
  const gone = () => destroy(stream);
  const atFirst = nameOf();
  const check = () => {
    Promise.all([atFirst, nameOf()]).then(([was, is]) => was === is || gone(), gone);
  };
  const timer = setInterval(check, PRESENCE_CHECK_MS);
  stream.once('close', () => clearInterval(timer));
}

function opened(stream: Duplex, signal: AbortSignal): Promise<unknown> {
  if (!isTty(stream)) return once(stream, 'connect', { signal });
  const open = once(stream, 'open', { signal });
  stream.open();
  return open;
}

function flowing(stream: Duplex, { onData, writeTimeoutMs = WRITE_TIMEOUT_MS }: LineOptions): Line {
  const gone = Promise.withResolvers<void>();
  stream.once('close', gone.resolve);
  // A tty that is not read never notices that it was unplugged: there is always a listener, and nobody pauses it.
  stream.on('data', onData);
  stream.once('end', () => destroy(stream));
  return {
    closed: gone.promise,
    async write(bytes) {
      const left = new Promise<void>((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      // After an unplug the callback of a write may never come.
      const timer = Promise.withResolvers<never>();
      const impatience = setTimeout(() => timer.reject(new Error('timeout')), writeTimeoutMs);
      const closed = gone.promise.then(() => Promise.reject(new Error('closed')));
      try {
        await Promise.race([left, timer.promise, closed]);
      } catch (cause) {
        destroy(stream);
        throw new DeviceError('SERIAL_WRITE_TIMEOUT', undefined, { cause });
      } finally {
        clearTimeout(impatience);
        closed.catch(() => undefined);
        left.catch(() => undefined);
      }
    },
    async [Symbol.asyncDispose]() {
      destroy(stream);
      await gone.promise;
    },
  };
}

/** Closes without a farewell; for a tty in the midst of opening or closing, as soon as that is over. */
function destroy(stream: Duplex): void {
  if (!isTty(stream)) stream.destroy();
  else if (stream.isOpen) stream.close(() => stream.destroy());
  else if (stream.opening) stream.once('open', () => destroy(stream));
  else if (!stream.closing) stream.destroy();
}
