// SPDX-License-Identifier: Apache-2.0
/** The serial driver on real lines: PTY pairs of socat, and real TCP servers. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { DeviceError } from '../errors.ts';
import type { Measurement } from '../reading.ts';
import { ptyPair, SOCAT_MISSING } from '../testing/pty-pair.ts';
import { until } from '../testing/until.ts';
import { type SerialLimits, startSerialDriver } from './driver.ts';
import { encodeDf2 } from './nonin-df2.ts';
import { type Line, openLine } from './transport.ts';

const LIMITS: SerialLimits = { idleTimeoutMs: 20_000, firstRetryMs: 10, longestRetryMs: 40 };
const packet = (pulseRate: number) => encodeDf2({ pulseRate, spo2: 97 });
/** A packet and the SYNC of the next, which releases it. */
const released = (pulseRate: number) => Buffer.concat([packet(pulseRate), packet(0).subarray(0, 2)]);

/** A sink that remembers; `events` are in order: 'up', 'down CODE', or a pulse rate. */
function recorder() {
  const events: (string | number)[] = [];
  const faults: DeviceError[] = [];
  const sink = {
    measurements(batch: readonly Measurement[], monotonicMs: number) {
      expect(monotonicMs).toBe(7);
      for (const { vital, value } of batch) if (vital === 'pulseRate' && value) events.push(value.mantissa);
    },
    link: (state: 'up' | 'down', code?: string) => void events.push(code ? `${state} ${code}` : state),
    fault: (error: DeviceError) => void faults.push(error),
  };
  return { events, faults, sink, clock: { monotonicMs: () => 7 } };
}

function start(url: string, bench: ReturnType<typeof recorder>, limits: SerialLimits = LIMITS) {
  return startSerialDriver({ name: 'oxi-1', url, model: 'nonin-df2', clock: bench.clock, sink: bench.sink, limits });
}

/** A serial server on `port`, otherwise a free one, which says `first` to who comes first; `sockets` are its connections, the newest last. */
async function serialServer(at?: number, first: Uint8Array = new Uint8Array()) {
  const port = at ?? (await freePort());
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    if (sockets.length === 1) socket.write(first);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    sockets,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('startSerialDriver over TCP', () => {
  it('reads, survives a cut in the middle of a packet, and reads again', async () => {
    await using server = await serialServer();
    const bench = recorder();
    await using driver = await start(`tcp://127.0.0.1:${server.port}`, bench);
    const first = await until(() => server.sockets[0]);
    first.write(released(61));
    await until(() => bench.events.includes(61));
    first.end(packet(62).subarray(2, 70));
    const second = await until(() => server.sockets[1]);
    second.write(packet(62).subarray(70));
    second.write(released(63));
    await until(() => bench.events.includes(63));
    expect(bench.events).toStrictEqual(['up', 61, 'down SERIAL_CLOSED', 'up', 63]);
    expect(bench.faults).toStrictEqual([]);
    expect(driver.counters()).toMatchObject({ frames: 2, connects: 2, lostLinks: 1, droppedBytes: 55 });
  });

  it('keeps trying while nobody is there, and says so once', async () => {
    const gone = await serialServer();
    await gone[Symbol.asyncDispose]();
    const bench = recorder();
    await using driver = await start(`tcp://127.0.0.1:${gone.port}`, bench);
    await until(() => driver.counters()['failedConnects']! >= 3);
    expect(bench.events).toStrictEqual(['down SERIAL_OPEN_FAILED']);
    await using server = await serialServer(gone.port);
    (await until(() => server.sockets[0])).write(released(64));
    await until(() => bench.events.includes(64));
    expect(bench.events).toStrictEqual(['down SERIAL_OPEN_FAILED', 'up', 64]);
  });

  it('takes a device that says nothing readable for a lost link', async () => {
    // It speaks as it is connected, or a slow test would be an idle device.
    await using server = await serialServer(undefined, released(65));
    const bench = recorder();
    await using driver = await start(`tcp://127.0.0.1:${server.port}`, bench, { ...LIMITS, idleTimeoutMs: 400 });
    const first = await until(() => server.sockets[0]);
    const babble = setInterval(() => first.write(Uint8Array.of(0, 1, 2, 3)), 20);
    await until(() => server.sockets[1]);
    clearInterval(babble);
    expect(bench.events).toStrictEqual(['up', 65, 'down SERIAL_IDLE']);
    expect(driver.counters()['idleTimeouts']).toBeGreaterThan(0);
  });

  it('tells a bad packet as a fault and delivers nothing of it', async () => {
    await using server = await serialServer();
    const bench = recorder();
    await using _driver = await start(`tcp://127.0.0.1:${server.port}`, bench);
    const socket = await until(() => server.sockets[0]);
    socket.write(packet(66).fill(0xaa, 60, 61));
    socket.write(released(67));
    await until(() => bench.events.includes(67));
    expect(bench.events).toStrictEqual(['up', 67]);
    expect(bench.faults.map(({ code }) => code)).toStrictEqual(['NONIN_FRAME_LOST']);
  });

  it('stops at once while it waits to try again', async () => {
    const driver = await start('tcp://127.0.0.1:1', recorder(), {
      ...LIMITS,
      firstRetryMs: 3_600_000,
      longestRetryMs: 7_200_000,
    });
    await until(() => driver.counters()['failedConnects'] === 1);
    await driver[Symbol.asyncDispose]();
  });

  it.each(['COM1', 'tcp://host', 'tcp://host:0', 'tcp://host:65536', 'http://host:1', '', 'tcp://a b:1'])(
    'refuses the address %j',
    async (url) => {
      await expect(start(url, recorder())).rejects.toMatchObject({ code: 'SERIAL_URL' });
    },
  );
});

describe.skipIf(SOCAT_MISSING)('startSerialDriver on a PTY (needs socat)', () => {
  it('sees the cable pulled and put back, and shows no value across the gap', async () => {
    await using cable = await ptyPair();
    const bench = recorder();
    await using driver = await start(cable.a, bench);
    const send = async (line: Line, rate: number) => {
      // A tty drops what came before it was opened: say it until it is heard.
      while (!bench.events.includes(rate)) {
        await line.write(packet(rate));
        await until(() => true);
      }
    };
    const before = await openLine(cable.b, { baudRate: 9600, onData: () => undefined });
    await until(() => driver.counters()['connects'] === 1);
    await send(before, 71);
    await before.write(packet(72).subarray(0, 100));
    await cable.unplug();
    await until(() => bench.events.includes('down SERIAL_CLOSED'));
    await before.closed;
    await expect(before.write(packet(72))).rejects.toBeInstanceOf(DeviceError);
    await cable.plug();
    await until(() => driver.counters()['connects'] === 2);
    await using after = await openLine(cable.b, { baudRate: 9600, onData: () => undefined });
    await after.write(packet(72).subarray(100));
    await send(after, 73);
    expect(bench.events.filter((event) => event !== 71 && event !== 73)).toStrictEqual([
      'up',
      'down SERIAL_CLOSED',
      'up',
    ]);
  });

  it('will not share a tty', async () => {
    await using cable = await ptyPair();
    await using _held = await openLine(cable.a, { baudRate: 9600, onData: () => undefined });
    await expect(openLine(cable.a, { baudRate: 9600, onData: () => undefined })).rejects.toMatchObject({
      code: 'SERIAL_OPEN_FAILED',
    });
  });

  it('gives up a write that never ends', async () => {
    await using cable = await ptyPair();
    await using line = await openLine(cable.a, { baudRate: 9600, onData: () => undefined, writeTimeoutMs: 200 });
    // Nobody reads the other end: socat's and the kernel's buffers fill up.
    const flood = async () => {
      for (;;) await line.write(new Uint8Array(65_536));
    };
    await expect(flood()).rejects.toMatchObject({ code: 'SERIAL_WRITE_TIMEOUT' });
    await line.closed;
  });
});
