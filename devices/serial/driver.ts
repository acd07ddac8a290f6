// SPDX-License-Identifier: Apache-2.0
/** Drives one device on a serial line: opens, listens, and opens again for as long as it lives. */
import { realDelay } from '../clock.ts';
import type { Driver, DriverClock, DriverSink } from '../driver.ts';
import { DeviceError, type DeviceErrorCode } from '../errors.ts';
import type { FrameDecoder } from './framer.ts';
import { DF2_BAUD, Df2Decoder } from './nonin-df2.ts';
import { openLine, parseLineUrl } from './transport.ts';

/** Real time, whatever the rate of the ward: a socket does not know the ward's clock. */
export interface SerialLimits {
  /** Without a readable frame for this long the line is closed and opened again. */
  readonly idleTimeoutMs: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

const SERIAL_LIMITS: SerialLimits = { idleTimeoutMs: 5000, firstRetryMs: 250, longestRetryMs: 10_000 };

const MODELS = {
  'nonin-df2': { baudRate: DF2_BAUD, createDecoder: (): FrameDecoder => new Df2Decoder() },
} as const;
type SerialModel = keyof typeof MODELS;

export interface SerialDriverOptions {
  readonly name: string;
  /** Path of a tty, or tcp://host:port. */
  readonly url: string;
  readonly model: SerialModel;
  readonly clock: DriverClock;
  readonly sink: DriverSink;
  readonly limits?: SerialLimits;
}

/**
 * Starts a driver; resolves at once and connects in the background. The link is up from the first good frame, and down with
 * SERIAL_OPEN_FAILED, SERIAL_CLOSED or SERIAL_IDLE. Rejects with SERIAL_URL.
 */
export async function startSerialDriver(options: SerialDriverOptions): Promise<Driver> {
  if (!parseLineUrl(options.url)) throw new DeviceError('SERIAL_URL', options.name);
  const driver = new SerialDriver(options);
  driver.start();
  return driver;
}

class SerialDriver implements Driver {
  readonly name: string;
  readonly #options: SerialDriverOptions;
  readonly #limits: SerialLimits;
  readonly #stop = new AbortController();
  readonly #counts = { connects: 0, failedConnects: 0, lostLinks: 0, idleTimeouts: 0 };
  /** Of the connections that are over. */
  #frameCounts = { frames: 0, badFrames: 0, resyncs: 0, droppedBytes: 0 };
  #decoder: FrameDecoder | undefined;
  #link: 'up' | 'down' | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SerialDriverOptions) {
    this.name = options.name;
    this.#options = options;
    this.#limits = options.limits ?? SERIAL_LIMITS;
  }

  start(): void {
    this.#running = this.#run();
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counts, ...this.#addedUp() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { firstRetryMs, longestRetryMs } = this.#limits;
    let retryMs = firstRetryMs;
    while (!this.#stop.signal.aborted) {
      const code = await this.#connection();
      // Only a frame proves that the line is good: a serial server accepts connections for a device that is off.
      retryMs = this.#link === 'up' ? firstRetryMs : Math.min(retryMs * 2, longestRetryMs);
      if (this.#stop.signal.aborted) return;
      this.#down(code);
      await realDelay(retryMs, this.#stop.signal);
    }
  }

  /** One connection from opening to its end. Resolves with the reason why it is over; a half frame is over with it. */
  async #connection(): Promise<DeviceErrorCode> {
    const { url, model } = this.#options;
    const { baudRate, createDecoder } = MODELS[model];
    const decoder = createDecoder();
    const ended = Promise.withResolvers<DeviceErrorCode>();
    const stop = () => ended.resolve('SERIAL_CLOSED');
    this.#stop.signal.addEventListener('abort', stop);
    const silence = () => {
      this.#counts.idleTimeouts += 1;
      ended.resolve('SERIAL_IDLE');
    };
    let idle: NodeJS.Timeout | undefined;
    this.#decoder = decoder;
    try {
      let over = false;
      const onData = (chunk: Uint8Array) => {
        if (!over && this.#take(decoder, chunk)) idle?.refresh();
      };
      await using line = await openLine(url, { baudRate, onData, signal: this.#stop.signal });
      idle = setTimeout(silence, this.#limits.idleTimeoutMs);
      this.#counts.connects += 1;
      line.closed.then(() => ended.resolve('SERIAL_CLOSED'), ended.reject);
      const code = await ended.promise;
      over = true;
      return code;
    } catch (error) {
      this.#counts.failedConnects += 1;
      if (error instanceof DeviceError) return error.code;
      throw error;
    } finally {
      clearTimeout(idle);
      this.#stop.signal.removeEventListener('abort', stop);
      this.#frameCounts = this.#addedUp();
      this.#decoder = undefined;
    }
  }

  /** True if there was a good frame in it. */
  #take(decoder: FrameDecoder, chunk: Uint8Array): boolean {
    const { sink, clock } = this.#options;
    const monotonicMs = clock.monotonicMs();
    let good = false;
    for (const result of decoder.push(chunk)) {
      if (!result.ok) {
        sink.fault(result.error);
        continue;
      }
      good = true;
      if (this.#link !== 'up') {
        this.#link = 'up';
        sink.link('up');
      }
      if (result.value.length > 0) sink.measurements(result.value, monotonicMs);
    }
    return good;
  }

  #down(code: DeviceErrorCode): void {
    if (this.#link === 'down') return;
    if (this.#link === 'up') this.#counts.lostLinks += 1;
    this.#link = 'down';
    this.#options.sink.link('down', code);
  }

  #addedUp() {
    const now = this.#decoder?.counters();
    const { frames, badFrames, resyncs, droppedBytes } = this.#frameCounts;
    return {
      frames: frames + (now?.frames ?? 0),
      badFrames: badFrames + (now?.badFrames ?? 0),
      resyncs: resyncs + (now?.resyncs ?? 0),
      droppedBytes: droppedBytes + (now?.droppedBytes ?? 0),
    };
  }
}
