// SPDX-License-Identifier: Apache-2.0
/** Virtual wearables over a real broker: what is measured arrives, also when the broker dies in between; replays are complete. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createWardClock } from '../clock.ts';
import { decodeSenml } from '../mqtt/senml.ts';
import type { SenmlRecord } from '../mqtt/senml-encode.ts';
import type { Measurement } from '../reading.ts';
import { TestBroker } from '../testing/test-broker.ts';
import { NO_FAULTS } from './faults.ts';
import { SENDER_LIMITS } from './mqtt-sender.ts';
import { openRecording } from './recording.ts';
import { replay } from './replay.ts';
import { VirtualWearable } from './virtual-wearable.ts';

const WFDB = fileURLToPath(new URL('../../../shared/recordings/wfdb/', import.meta.url));
const SECRET = TestBroker.secretOf('wear-1');
const stack: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of stack.splice(0).reverse()) await part[Symbol.asyncDispose]();
});

async function bench(): Promise<TestBroker> {
  const opened = await new TestBroker().open();
  stack.push(opened);
  return opened;
}

const clockAt = (rate: number) => createWardClock({ rate, originRealMs: Date.now(), originWardMs: 1_763_715_600_000 });
const FAST = { ...SENDER_LIMITS, firstRetryMs: 5, longestRetryMs: 20 };

function wearable(port: number, more: Partial<ConstructorParameters<typeof VirtualWearable>[0]> = {}) {
  const options = {
    broker: `mqtt://127.0.0.1:${port}`,
    gateway: 'demo',
    handle: 'wear-1',
    secret: SECRET,
    seed: 1,
    limits: FAST,
  };
  const made = new VirtualWearable({ ...options, clock: clockAt(1), ...more }).start();
  stack.push(made);
  return made;
}

const one = (mantissa: number): SenmlRecord[] => [
  { vital: 'heartRate', unit: '/min', value: { mantissa, exponent: 0 } },
];
const sequences = (messages: Measurement[][]) => messages.flat().map(({ sequence }) => sequence);

describe('a virtual wearable', () => {
  it('publishes with QoS 1 to its own topic, counting in one session', async () => {
    const broker = await bench();
    const device = wearable(broker.port);
    for (let i = 0; i < 100; i++) device.publish(one(60 + i));
    await device.settled();
    expect(sequences(broker.messages)).toStrictEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(new Set(broker.messages.flat().map(({ session }) => session)).size).toBe(1);
    expect(broker.packets.every(({ qos, retain, clientId }) => qos === 1 && !retain && clientId === 'wear-1')).toBe(
      true,
    );
    expect(device.counters()).toMatchObject({ acknowledged: 100, sent: 100, waiting: 0, droppedMessages: 0 });
  });

  it('sends again what was not acknowledged, with the same session and sequence', async () => {
    const broker = await bench();
    broker.unanswered = 3;
    const acknowledged: (number | undefined)[] = [];
    const device = wearable(broker.port, {
      onAcknowledged(message) {
        const decoded = decodeSenml(message);
        if (decoded.ok) acknowledged.push(...decoded.value.measurements.map(({ sequence }) => sequence));
      },
    });
    for (let i = 0; i < 10; i++) device.publish(one(60 + i));
    await device.settled();
    expect(acknowledged.toSorted()).toStrictEqual(Array.from({ length: 10 }, (_, i) => i));
    const arrived = broker.messages
      .flat()
      .map(({ session, sequence, value }) => `${session}/${sequence}/${value?.mantissa}`);
    expect(arrived.length).toBeGreaterThan(10);
    expect(new Set(arrived).size).toBe(10);
    expect(device.counters()['lostLinks']).toBeGreaterThan(0);
  });

  it('keeps what it measures while the broker is away', async () => {
    const broker = await new TestBroker().open();
    const device = wearable(broker.port);
    device.publish(one(60));
    await device.settled();
    await broker[Symbol.asyncDispose]();
    for (let i = 1; i < 50; i++) device.publish(one(60 + i));
    const again = new TestBroker();
    again.port = broker.port;
    stack.push(await again.open());
    await device.settled();
    expect(sequences(again.messages)).toStrictEqual(Array.from({ length: 49 }, (_, i) => i + 1));
  });

  it('loses the oldest, and counts it, when its memory is full', async () => {
    const device = wearable(1, { limits: { ...FAST, queueMessages: 4 } });
    for (let i = 0; i < 10; i++) device.publish(one(60 + i));
    expect(device.counters()).toMatchObject({ waiting: 4, droppedMessages: 6 });
  });

  it('does not wait for ever for a broker that refuses its credential', async () => {
    const broker = await bench();
    const device = wearable(broker.port, { secret: 'wrong' });
    device.publish(one(60));
    await device.settled();
    expect(device.counters()).toMatchObject({ acknowledged: 0, waiting: 1 });
    expect(device.counters()['refusedConnects']).toBeGreaterThan(0);
    expect(broker.messages).toStrictEqual([]);
  });

  it('has the faults it was given: a dropped message leaves a hole in the sequence', async () => {
    const broker = await bench();
    const device = wearable(broker.port, { faults: { ...NO_FAULTS, drop: 0.3, duplicate: 0.2, driftPpm: 100 } });
    for (let i = 0; i < 200; i++) device.publish(one(60), 1_763_715_600_000 + 1_000 * i);
    await device.settled();
    const got = sequences(broker.messages);
    expect(new Set(got).size).toBeLessThan(160);
    expect(got.length).toBeGreaterThan(new Set(got).size);
    const last = broker.messages.flat().at(-1);
    expect(last?.deviceTimeMs).toBeGreaterThan(1_763_715_600_000 + 1_000 * (last?.sequence ?? 0));
  });
});

describe.skipIf(!existsSync(WFDB))('replay', () => {
  it('sends all 19,360 readings of 3975656n once, 7,405 of them values, one message a minute', async () => {
    const broker = await bench();
    const clock = clockAt(500_000);
    const device = wearable(broker.port, { clock });
    const counts = await replay(await openRecording(WFDB, '3975656n'), device, {
      clock,
      startMs: clock.wallMs(),
      signal: new AbortController().signal,
    });
    await device.settled();
    expect(counts).toStrictEqual({ messages: 1_936, readings: 19_360, values: 7_405, absent: 11_955 });
    expect(broker.messages).toHaveLength(1_936);
    const got = broker.messages.flat();
    expect(got.map(({ sequence }) => sequence)).toStrictEqual(Array.from({ length: 19_360 }, (_, i) => i));
    expect(got.filter(({ value }) => value)).toHaveLength(7_405);
    expect(
      Object.groupBy(
        got.filter(({ absent }) => absent),
        ({ absent }) => absent ?? '',
      ),
    ).toMatchObject({
      'no-signal': { length: 3 * 1_784 },
      'not-measured': { length: 11_955 - 3 * 1_784 },
    });
    expect(got.some(({ value }) => value?.mantissa === 0)).toBe(false);
    const times = broker.messages.map(([first]) => first?.deviceTimeMs ?? 0);
    expect(times.slice(1).every((ms, i) => ms - times[i]! === 60_000)).toBe(true);
  });
});
