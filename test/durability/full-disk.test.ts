// SPDX-License-Identifier: Apache-2.0
/** A disk that fills up: limits at 85 % and 95 % as designed, nothing acknowledged is lost, and the bedside still sees its numbers. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type GatewayHome, type GatewayProcess, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { checkRecord, SOUND } from '../support/record-check.ts';
import { type LoadOptions, SenmlLoad } from '../support/senml-load.ts';
import { settled } from '../support/settled.ts';
import { canMount, mountSmallDisk } from '../support/small-disk.ts';
import { watch } from '../support/watcher.ts';

const MIB = 1024 * 1024;
const DISK_BYTES = 64 * MIB;
const HANDLES = ['wear-1', 'wear-2', 'wear-3', 'wear-4'];
const HOME = {
  devices: Object.fromEntries(HANDLES.map((handle) => [handle, 1000])),
  stations: ['watcher'],
  toml: 'journal = { reserveBytes = 8388608 }\nrecord = { batchMaxMs = 1000, batchMaxReadings = 50 }\nlog = { heartbeatMs = 60000 }',
};
/** Of the ward; the shortest that can be configured. */
const HEARTBEAT_MS = 60_000;
/** So many that the sensors hold hundreds of unacknowledged readings by the end. */
const READINGS_PER_SECOND = 200;
/** So few that the sensors' memory holds them to the end. */
const FEW_READINGS_PER_SECOND = 20;
/** Long enough for two looks of the gateway at its disk. */
const REFUSED_FOR_MS = 6_000;

// A machine that must run everything fails instead.
const MISSING = process.env['CI'] !== 'true' && !(await canMount());

describe.skipIf(MISSING)('a full disk (needs root and a loop device)', () => {
  it('stops waveforms at 85 %, readings at 95 %, shows live values all the time, and loses nothing', async () => {
    await using disk = await mountSmallDisk(DISK_BYTES);
    await using home = await prepareHome({ ...HOME, directory: disk.directory });
    const gateway = await home.start();
    await using load = loadOf(home);
    await using watcher = await watch(home, gateway, 'watcher');
    load.start(gateway.brokerPort);
    await settled('the ward message says recording', () => watcher.recording === 'recording');

    await disk.fillTo(87);
    await settled('the ward message says waveforms-stopped', () => watcher.recording === 'waveforms-stopped');
    const atStop = load.acknowledgedCount();
    await settled('readings are still acknowledged', () => load.acknowledgedCount() > atStop + READINGS_PER_SECOND);

    await disk.fillTo(96.5);
    await settled('the ward message says refusing', () => watcher.recording === 'refusing');
    // What was sent before may still be acknowledged, and nothing else.
    const sentBefore = load.acknowledgedCount() + load.unacknowledgedCount();
    const untilMs = Date.now() + REFUSED_FOR_MS;
    for (let fromMs = Date.now(); fromMs < untilMs; fromMs = Date.now()) {
      const isShown = (handle: string) => (watcher.shownMs.get(handle) ?? 0) >= fromMs;
      await settled('every device is shown with what it measured since', () => HANDLES.every(isShown));
    }
    expect(load.acknowledgedCount()).toBeLessThanOrEqual(sentBefore);
    expect(load.unacknowledgedCount()).toBeGreaterThan(0);

    await disk.empty();
    await settled('the ward message says recording again', () => watcher.recording === 'recording');
    await endsSound(home, gateway, load);
  });

  it('starts on a disk that is full to the last byte, and shows live values', async () => {
    await using disk = await mountSmallDisk(DISK_BYTES);
    await using home = await prepareHome({ ...HOME, directory: disk.directory });
    const first = await home.start();
    await using load = loadOf(home);
    load.start(first.brokerPort);
    await settled('readings are acknowledged', () => load.acknowledgedCount() > 100);
    await first.kill();
    load.lose();
    await disk.fill();
    const gateway = await home.start();
    await using watcher = await watch(home, gateway, 'watcher');
    load.moveTo(gateway.brokerPort);
    await settled('the ward message says refusing', () => watcher.recording === 'refusing');
    await settled('live values are shown', () => watcher.shownMs.size === HANDLES.length);
    const whileFull = load.acknowledgedCount();
    await delay(REFUSED_FOR_MS);
    expect(load.acknowledgedCount()).toBe(whileFull);
    await disk.empty();
    await endsSound(home, gateway, load);
  });

  it('shows live values when others take the reserve as well and not a byte is left: the log waits, and nothing is lost', async () => {
    await using disk = await mountSmallDisk(DISK_BYTES);
    await using home = await prepareHome({ ...HOME, directory: disk.directory });
    // A heartbeat a second, so that there is always something for the log.
    const now = Date.now();
    const rate = HEARTBEAT_MS / 1000;
    const gateway = await home.start({ clock: { rate, originRealMs: now, originWardMs: now } });
    const wardMs = () => now + rate * (Date.now() - now);
    await using load = loadOf(home, { readingsPerSecond: FEW_READINGS_PER_SECOND, wardMs });
    await using watcher = await watch(home, gateway, 'watcher');
    load.start(gateway.brokerPort);
    await settled('readings are acknowledged', () => load.acknowledgedCount() > FEW_READINGS_PER_SECOND);
    await disk.fillTo(96.5);
    await settled('the ward message says refusing', () => watcher.recording === 'refusing');
    await disk.fillTo(97);
    await settled('the log waits for room', () => gateway.stderr().includes('LOG_NO_ROOM'));
    await disk.fill();
    await delay(REFUSED_FOR_MS);
    watcher.shownMs.clear();
    await settled('live values are shown', () => watcher.shownMs.size === HANDLES.length);
    expect(gateway.isRunning(), gateway.stderr()).toBe(true);
    await disk.empty();
    await endsSound(home, gateway, load);
  });

  it('survives a disk that is full before anybody looked', async () => {
    await using disk = await mountSmallDisk(DISK_BYTES);
    await using home = await prepareHome({ ...HOME, directory: disk.directory });
    const gateway = await home.start();
    await using load = loadOf(home);
    load.start(gateway.brokerPort);
    await settled('readings are acknowledged', () => load.acknowledgedCount() > 100);
    await disk.fill();
    await delay(REFUSED_FOR_MS);
    const whileFull = load.acknowledgedCount();
    await delay(REFUSED_FOR_MS);
    expect(load.acknowledgedCount()).toBe(whileFull);
    expect(gateway.isRunning(), gateway.stderr()).toBe(true);
    await disk.empty();
    await endsSound(home, gateway, load);
  });
});

function loadOf(home: GatewayHome, over: Partial<LoadOptions> = {}): SenmlLoad {
  const devices = new Map([...home.secrets].filter(([handle]) => HANDLES.includes(handle)));
  return new SenmlLoad({
    gateway: PROCESS_GATEWAY,
    devices,
    readingsPerSecond: READINGS_PER_SECOND,
    session: 'f0110d15cf0110d1',
    ...over,
  });
}

async function endsSound(home: GatewayHome, gateway: GatewayProcess, load: SenmlLoad): Promise<void> {
  const before = load.acknowledgedCount();
  await settled('readings are acknowledged again', () => load.acknowledgedCount() > before);
  load.pause();
  await settled('everything that waited is acknowledged', () => load.unacknowledgedCount() === 0);
  expect(await gateway.stop()).toBe(0);
  expect(await checkRecord(home, load.acknowledged())).toMatchObject(SOUND);
}
