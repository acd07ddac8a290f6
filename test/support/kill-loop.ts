// SPDX-License-Identifier: Apache-2.0
/** Kills a gateway under load at random moments, again and again, and checks the record at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { hexAt, randomAt } from '../../devices/sim/rng.ts';
import { PROCESS_GATEWAY, prepareHome } from './gateway-process.ts';
import { checkRecord, logDamage, type RecordFindings } from './record-check.ts';
import { SenmlLoad } from './senml-load.ts';
import { settled } from './settled.ts';

export interface KillLoopResult {
  readonly findings: RecordFindings;
  readonly kills: number;
  /** Kills after which `ledger fsck` was not clean. */
  readonly damagedAfter: readonly number[];
  readonly acknowledged: number;
}

const DEVICES = 32;
const READINGS_PER_SECOND = 2000;
/** A kill comes at any moment of this long after the gateway was ready. */
const KILL_WITHIN_MS = 1500;
/** Batches close often, so that kills meet every step; half of the devices declare a beat, so that gaps are on record too. */
const TOML = `journal = { reserveBytes = 1048576 }
record = { batchMaxMs = 1000, batchMaxReadings = 100 }
log = { checkpointIntervalMs = 100 }`;

export async function killLoop(kills: number, seed: number): Promise<KillLoopResult> {
  console.info(`kill loop: ${kills} kills, seed ${seed}`);
  const handles = Array.from({ length: DEVICES }, (_, i) => `wear-${i + 1}`);
  await using home = await prepareHome({
    toml: TOML,
    devices: Object.fromEntries(handles.map((handle, i) => [handle, i % 2 === 0 ? 1000 : null])),
  });
  await using load = new SenmlLoad({
    gateway: PROCESS_GATEWAY,
    devices: home.secrets,
    readingsPerSecond: READINGS_PER_SECOND,
    session: hexAt(seed, 0),
  });
  let gateway = await home.start();
  load.start(gateway.brokerPort);
  const damagedAfter: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(KILL_WITHIN_MS * randomAt(seed, kill));
    await gateway.kill();
    load.lose();
    if ((await logDamage(home)).length > 0) damagedAfter.push(kill);
    gateway = await home.start();
    load.moveTo(gateway.brokerPort);
  }
  load.pause();
  await settled('every reading is acknowledged', () => load.unacknowledgedCount() === 0);
  const code = await gateway.stop();
  if (code !== 0) throw new Error(`the gateway ended with ${code}:\n${gateway.stderr()}`);
  const findings = await checkRecord(home, load.acknowledged());
  console.info(
    `kill loop: ${load.acknowledgedCount()} acknowledged, ${findings.readings} readings in ${findings.batches} batches`,
  );
  return { findings, kills, damagedAfter, acknowledged: load.acknowledgedCount() };
}
