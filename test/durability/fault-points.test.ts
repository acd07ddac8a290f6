// SPDX-License-Identifier: Apache-2.0
/** The gateway is killed at every durable step, twice: the first times it passes there at all, and under load (I1). */
import { expect, it } from 'vitest';
import { hexAt, randomAt, seedOf } from '../../devices/sim/rng.ts';
import { FAULT_POINTS } from '../../gateway/fault-point.ts';
import { EndedEarly, type Ending, type GatewayHome, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { checkRecord, logDamage, SOUND } from '../support/record-check.ts';
import { SenmlLoad } from '../support/senml-load.ts';
import { settled } from '../support/settled.ts';

const SEED = 20_261_121;
const READINGS_PER_SECOND = 400;
const DEVICES = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`wear-${i + 1}`, i % 2 === 0 ? 1000 : null]));
/** Small batches and frequent heads, so that every step is passed often. */
const TOML = `journal = { reserveBytes = 1048576 }
record = { batchMaxMs = 1000, batchMaxReadings = 20 }
log = { checkpointIntervalMs = 100 }`;
/** More passings than the demo's admissions make at a start. */
const UNDER_LOAD = 12;
const MORE_READINGS = 400;

it.each(FAULT_POINTS)('keeps every acknowledged reading once when it dies at %s', async (point) => {
  const seed = seedOf(SEED, point);
  const early = 1 + Math.floor(3 * randomAt(seed, 1));
  const later = UNDER_LOAD + Math.floor(8 * randomAt(seed, 2));
  await using home = await prepareHome({ toml: TOML, devices: DEVICES });
  await using load = new SenmlLoad({
    gateway: PROCESS_GATEWAY,
    devices: home.secrets,
    readingsPerSecond: READINGS_PER_SECOND,
    session: hexAt(seed, 0),
  });
  load.start(0);
  for (const passing of [early, later]) {
    // SIGKILL by its own hand: the point was reached.
    expect([passing, await dieAt(home, load, `${point}:${passing}`)]).toEqual([
      passing,
      { code: null, signal: 'SIGKILL' },
    ]);
    expect(await logDamage(home)).toEqual([]);
  }
  const gateway = await home.start();
  load.moveTo(gateway.brokerPort);
  const before = load.acknowledgedCount();
  await settled('readings go on', () => load.acknowledgedCount() > before + MORE_READINGS);
  load.pause();
  await settled('every reading is acknowledged', () => load.unacknowledgedCount() === 0);
  expect(await gateway.stop()).toBe(0);
  expect(await checkRecord(home, load.acknowledged())).toMatchObject(SOUND);
});

/** Runs under load until it dies; how it did. */
async function dieAt(home: GatewayHome, load: SenmlLoad, fault: string): Promise<Ending> {
  try {
    const gateway = await home.start({ fault });
    load.moveTo(gateway.brokerPort);
    const ending = await gateway.exited;
    load.lose();
    return ending;
  } catch (error) {
    if (error instanceof EndedEarly) return error.ending;
    throw error;
  }
}
