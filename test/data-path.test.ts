// SPDX-License-Identifier: Apache-2.0
/** The whole path through real parts: MQTT in, journal, record, series store, log, and out again as proofs. */
import { describe, expect, it } from 'vitest';
import { nobleCrypto, verifyProof } from '../ledger/verify/index.ts';
import { openRig, RIG_GATEWAY } from './support/gateway-rig.ts';
import { openRecord } from './support/record.ts';

const SESSION = '0123456789abcdef';
const TOPIC = `lamplight/v1/${RIG_GATEWAY}/wear-1/senml`;

describe('the data path', () => {
  it('records what was acknowledged, once, and proves every reading of it', async () => {
    await using rig = await openRig({ devices: { 'wear-1': 1000 } });
    const client = await rig.connect('wear-1');
    const startMs = Date.now() - 5_000;
    const body = (i: number) =>
      `[{"bn":"${SESSION}:","n":"temperature","u":"Cel","v":36.${60 + i},"seq_":${i},"t":${(startMs + 100 * i) / 1000}}]`;
    for (let i = 0; i < 30; i++) await client.publishAsync(TOPIC, body(i), { qos: 1 });
    for (const again of [0, 7, 29]) await client.publishAsync(TOPIC, body(again), { qos: 1 });
    await client.endAsync();
    await rig.stop();

    await using record = await openRecord(rig.directory);
    const all = await record.everything();
    expect(all.map(({ reading }) => [reading.sequence, reading.value, reading.correctedMs])).toEqual(
      Array.from({ length: 30 }, (_, i) => [i, { mantissa: 3660 + i, exponent: -2 }, startMs + 100 * i]),
    );
    expect(rig.metrics.read('intake_duplicate_total')).toBe(3);
    for (const found of all) {
      const result = verifyProof(await record.prove(found), rig.vkey, nobleCrypto);
      expect(result.error).toBeUndefined();
      expect(result.ok).toBe(true);
    }
  });

  it('goes on after a restart where it stopped: no reading twice, one chain, one log', async () => {
    const directory = await (async () => {
      const first = await openRig({ devices: { 'wear-1': 1000 }, keep: true });
      const client = await first.connect('wear-1');
      for (let i = 0; i < 10; i++)
        await client.publishAsync(TOPIC, `[{"bn":"${SESSION}:","n":"spo2","u":"%","v":97,"seq_":${i}}]`, { qos: 1 });
      await client.endAsync();
      await first.stop();
      return first.directory;
    })();
    await using second = await openRig({ directory, devices: { 'wear-1': 1000 } });
    const client = await second.connect('wear-1');
    for (let i = 5; i < 20; i++)
      await client.publishAsync(TOPIC, `[{"bn":"${SESSION}:","n":"spo2","u":"%","v":97,"seq_":${i}}]`, { qos: 1 });
    await client.endAsync();
    await second.stop();
    await using record = await openRecord(directory);
    expect((await record.everything()).map(({ reading }) => reading.sequence)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(await record.checkChains()).toBe(2);
  });
});
