// SPDX-License-Identifier: Apache-2.0
/** From the sensor's publish to the message at a board, through the real gateway and the real station; with what it costs in disk and memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { type GatewayHome, prepareHome } from '../support/gateway-process.ts';
import { Arrivals } from './arrivals.ts';
import { bytesWritten, residentBytes } from './proc.ts';
import { startStation } from './stations.ts';
import { BEDS, startWard, wardHandle } from './ward-load.ts';

export interface BoardOptions {
  readonly seconds: number;
  /** A program and its arguments to run the gateway under. */
  readonly under?: readonly string[];
  /** Another front door than the sources: the bundle. */
  readonly frontDoor?: string;
}

export interface BoardFigures {
  readonly readings: number;
  /** Milliseconds from publish to board. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Readings that the board never saw, because it was told a newer one of the same vital at once. */
  readonly overtaken: number;
  readonly writtenBytesPerReading: number;
  /** The largest seen, of the gateway. */
  readonly residentBytes: number;
}

const SESSION = 'be9c000000000002';
/** Code is compiled and connections are made: not counted. */
const WARM_UP_MS = 3000;
const ARRIVAL_MS_MAX = 2000;
const SAMPLE_MS = 1000;

/** Throws if neither a reading nor a newer one came to the board. */
export async function measureBoard(options: BoardOptions): Promise<BoardFigures> {
  await using home = await wardHome();
  const gateway = await home.start({ ...options });
  await using station = await startStation(home.paths.directory);
  const arrivals = new Arrivals();
  await station.openBoard((message) => {
    if (message.type !== 'live') return;
    const nowMs = performance.now();
    for (const { device, vital, measuredMs } of message.readings) arrivals.arrived(device, vital, measuredMs, nowMs);
  });
  let counting = false;
  const ward = await startWard(gateway.brokerPort, home.secrets, SESSION, (device, vital, measuredMs) => {
    if (counting) arrivals.sent(device, vital, measuredMs, performance.now());
  });
  await delay(WARM_UP_MS);
  counting = true;
  const { pid } = gateway;
  const before = { written: bytesWritten(pid), sent: ward.sent() };
  let resident = 0;
  for (let at = 0; at < options.seconds * 1000; at += SAMPLE_MS) {
    await delay(SAMPLE_MS);
    resident = Math.max(resident, residentBytes(pid));
  }
  const writtenBytes = bytesWritten(pid) - before.written;
  const readings = ward.sent() - before.sent;
  counting = false;
  await ward.stop();
  await delay(ARRIVAL_MS_MAX);
  if (arrivals.missing > 0) throw new Error(`${arrivals.missing} of ${readings} readings never came to the board`);
  if ((await gateway.stop()) !== 0) throw new Error(`the gateway failed:\n${gateway.stderr()}`);
  const latencies = arrivals.latenciesMs.sort((a, b) => a - b);
  const percentile = (part: number) => latencies[Math.ceil(part * latencies.length) - 1] ?? Number.NaN;
  return {
    readings,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    maxMs: percentile(1),
    overtaken: arrivals.overtaken,
    writtenBytesPerReading: writtenBytes / readings,
    residentBytes: resident,
  };
}

/** A ward of 32 admitted beds with their wearables, everything else as it comes. */
function wardHome(): Promise<GatewayHome> {
  const beds = Array.from({ length: BEDS }, (_, bed) => bed);
  return prepareHome({
    devices: Object.fromEntries(beds.map((bed) => [wardHandle(bed), 1000])),
    toml: `beds = [${beds.map((bed) => `"${bed + 1}"`)}]\njournal = { reserveBytes = 1048576 }`,
  });
}
