// SPDX-License-Identifier: Apache-2.0
/** A recorded patient through the whole path: 32 hours over SenML, every reading journalled, stored, read back and provable. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../devices/sim/recording.ts';
import { readingsOfRow } from '../devices/sim/replay.ts';
import { nobleCrypto, verifyProof } from '../ledger/verify/index.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { type FoundReading, type OpenRecord, openRecord } from './support/record.ts';
import { RECORDINGS, replayRecording } from './support/replay-load.ts';

const HANDLE = 'wear-replay';
const [READINGS, VALUES, ABSENT] = [19_360, 7_405, 11_955];
const PROOFS = 100;
const MINUTE_MS = 60_000;

describe.skipIf(!existsSync(RECORDINGS))('recording 3975656n over SenML', () => {
  let rig: Rig;
  let record: OpenRecord;
  let all: FoundReading[];

  beforeAll(async () => {
    rig = await openRig({ devices: { [HANDLE]: MINUTE_MS } });
    const { secretOf, gateway } = rig;
    await replayRecording({
      port: gateway.brokerPort,
      gateway: RIG_GATEWAY,
      handle: HANDLE,
      secret: secretOf(HANDLE),
    });
    await rig.stop();
    record = await openRecord(rig.directory);
    all = await record.everything();
  });
  afterAll(async () => {
    await record[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  });

  it('stands in the record reading for reading: 19,360, of which 7,405 values and 11,955 absent', async () => {
    expect(rig.metrics.read('intake_accepted_total')).toBe(READINGS);
    expect(all.length).toBe(READINGS);
    expect(all.filter(({ reading }) => reading.value).length).toBe(VALUES);
    expect(all.filter(({ reading }) => reading.absent).length).toBe(ABSENT);
    expect(new Set(all.map(({ reading }) => `${reading.session}/${reading.sequence}`)).size).toBe(READINGS);
    await record.checkChains();
  });

  it('keeps each value as the recording has it, decimals and all', async () => {
    const recording = await openRecording(RECORDINGS, '3975656n');
    const sent = Array.from({ length: recording.header.frames }, (_, row) => readingsOfRow(recording, row)).flat();
    const kept = all.toSorted((a, b) => a.reading.sequence - b.reading.sequence);
    expect(kept.map(({ reading }) => [reading.vital, reading.value ?? reading.absent])).toEqual(
      sent.map((r) => [r.vital, r.value ?? r.absent]),
    );
  });

  it('is provable: 100 readings at random verify with nothing but the log key', async () => {
    const step = Math.floor(all.length / PROOFS);
    const chosen = Array.from({ length: PROOFS }, (_, i) => all[i * step + Math.floor(Math.random() * step)]!);
    for (const found of chosen) {
      const result = verifyProof(await record.prove(found), record.vkey, nobleCrypto);
      expect(result.error).toBeUndefined();
      expect(result.reading).toMatchObject({ vital: found.reading.vital, sequence: found.reading.sequence });
    }
  });
});
