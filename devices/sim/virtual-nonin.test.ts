// SPDX-License-Identifier: Apache-2.0
/** The virtual oximeter is heard by the driver that real ones get, over TCP and over a PTY. */
import { describe, expect, it } from 'vitest';
import { createWardClock } from '../clock.ts';
import type { Measurement } from '../reading.ts';
import { startSerialDriver } from '../serial/driver.ts';
import { DF2_BAUD, Df2Framer, decodeDf2 } from '../serial/nonin-df2.ts';
import { ptyPair, SOCAT_MISSING } from '../testing/pty-pair.ts';
import { until } from '../testing/until.ts';
import { type FaultPlan, NO_FAULTS } from './faults.ts';
import { createPatient } from './patient.ts';
import { packetOf, VirtualNonin } from './virtual-nonin.ts';
import { tcpWire, ttyWire, type Wire } from './wire.ts';

const LIMITS = { idleTimeoutMs: 20_000, firstRetryMs: 10, longestRetryMs: 20 };
const fastClock = () => createWardClock({ rate: 50, originRealMs: Date.now(), originWardMs: 1.7e12 });
const patient = createPatient(11);

async function listenTo(url: string) {
  const batches: (readonly Measurement[])[] = [];
  const events: string[] = [];
  const faults: string[] = [];
  const sink = {
    measurements: (batch: readonly Measurement[]) => void batches.push(batch),
    link: (state: string, code?: string) => void events.push(code ? `${state} ${code}` : state),
    fault: ({ code }: { code: string }) => void faults.push(code),
  };
  const driver = await startSerialDriver({
    name: 'oxi-1',
    url,
    model: 'nonin-df2',
    clock: fastClock(),
    sink,
    limits: LIMITS,
  });
  return { driver, batches, events, faults };
}

function device(wire: Wire, faults: Partial<FaultPlan> = {}) {
  const options = { handle: 'oxi-1', patient, clock: fastClock(), seed: 1, wire, faults: { ...NO_FAULTS, ...faults } };
  return new VirtualNonin(options).start();
}

describe('packetOf', () => {
  it('says what the patient has, and moves its pulse wave', () => {
    const bytes = packetOf(patient, 1.7e12);
    const [packet] = new Df2Framer().push(Buffer.concat([bytes, bytes.subarray(0, 2)]));
    const values = packet?.ok ? decodeDf2(packet.value).map(({ vital, value }) => [vital, value]) : [];
    expect(values).toStrictEqual([
      ['pulseRate', patient.read('pulseRate', 1.7e12)],
      ['spo2', patient.read('spo2', 1.7e12)],
    ]);
    const pleth = packet?.ok ? packet.value.filter((_, at) => at % 5 === 2) : [];
    expect(new Set(pleth).size).toBeGreaterThan(10);
  });
});

describe('VirtualNonin', () => {
  it('is heard over TCP, three packets a second making one reading of each vital', async () => {
    const wire = await tcpWire(0);
    await using oximeter = device(wire);
    const { driver, batches, faults } = await listenTo(`tcp://127.0.0.1:${wire.port}`);
    await using _driver = driver;
    await until(() => batches.length >= 4);
    expect(batches[0]?.map(({ vital }) => vital)).toStrictEqual(['pulseRate', 'spo2']);
    const { frames = 0 } = driver.counters();
    expect(Math.ceil(frames / 3)).toBe(batches.length);
    expect(oximeter.counters()['sent']).toBeGreaterThanOrEqual(frames);
    expect(faults).toStrictEqual([]);
  });

  it('is a source of bad packets when told so', async () => {
    const wire = await tcpWire(0);
    await using _oximeter = device(wire, { corrupt: 0.5 });
    const { driver, batches, faults } = await listenTo(`tcp://127.0.0.1:${wire.port}`);
    await using _driver = driver;
    await until(() => faults.length >= 3 && batches.length >= 3);
    for (const { value } of batches.flat()) expect(value?.mantissa).toBeGreaterThan(44);
  });

  it('pulls its plug and puts it back', async () => {
    const wire = await tcpWire(0);
    await using _oximeter = device(wire, { unplugEveryMs: 5_000, unplugForMs: 2_500 });
    const { driver, events } = await listenTo(`tcp://127.0.0.1:${wire.port}`);
    await using _driver = driver;
    await until(() => events.filter((event) => event === 'up').length >= 2);
    // On a slow machine the driver comes first while the plug is out, and the test looks after the next pull.
    const first = events.indexOf('up');
    expect(events.slice(first, first + 3)).toStrictEqual(['up', 'down SERIAL_CLOSED', 'up']);
  });

  it('says when its port is taken', async () => {
    await using wire = await tcpWire(0);
    await expect(tcpWire(wire.port!)).rejects.toMatchObject({ code: 'SIMULATE_PORT' });
  });

  it.skipIf(SOCAT_MISSING)('is heard over a PTY, also after the cable was pulled (needs socat)', async () => {
    await using cable = await ptyPair();
    await using _oximeter = device(ttyWire(cable.b, DF2_BAUD));
    const { driver, batches, events } = await listenTo(cable.a);
    await using _driver = driver;
    await until(() => batches.length >= 1);
    await cable.unplug();
    await until(() => events.at(-1)?.startsWith('down'));
    await cable.plug();
    await until(() => events.at(-1) === 'up');
    expect(driver.counters()['lostLinks']).toBe(1);
  });
});
