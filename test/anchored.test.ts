// SPDX-License-Identifier: Apache-2.0
/**
 * A gateway and two real witnesses, both of whom must cosign: one away, both away, back; what is sequenced never waits for them. One who
 * accuses without proof stops nothing. And a data directory that was put back to an older state: the start is refused by whoever shows more.
 */
import { once } from 'node:events';
import { cp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../gateway/data-directory.ts';
import type { Health } from '../gateway/operations/health.ts';
import { nodeCrypto, parseVerifierKey } from '../ledger/index.ts';
import { COSIGNATURE, formatVerifierKey, openNote } from '../ledger/log/note.ts';
import { nobleCrypto, verifyProof } from '../ledger/verify/index.ts';
import { makeWitnessSigner } from '../ledger/witness/testing/keys.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { openRecord } from './support/record.ts';
import { settled } from './support/settled.ts';
import { openTestWitness, type TestWitness } from './support/test-witness.ts';

const SESSION = '0123456789abcdef';
const TOPIC = `lamplight/v1/${RIG_GATEWAY}/wear-1/senml`;
let directory: string;
let vkey: string;
let witnesses: TestWitness[];
let sequence = 0;

beforeAll(async () => {
  const first = await openRig({ keep: true, devices: { 'wear-1': 1000 } });
  ({ directory, vkey } = first);
  await first.stop();
  witnesses = [await openTestWitness('north', vkey), await openTestWitness('south', vkey)];
  const lines = [
    `log ${vkey}`,
    ...witnesses.map(({ policyLine }) => policyLine),
    'group both 2 north south',
    'quorum both',
  ];
  await writeFile(join(directory, 'policy'), `${lines.join('\n')}\n`);
});
afterAll(async () => {
  for (const witness of witnesses) await witness[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function open(policy = 'policy'): Promise<Rig> {
  const toml = `journal = { reserveBytes = 1048576 }
record = { batchMaxReadings = 5 }
log = { checkpointIntervalMs = 100 }
ledger = { policyFile = "${join(directory, policy)}", anchorIntervalMs = 100 }`;
  return openRig({ directory, keep: true, toml, devices: { 'wear-1': 1000 } });
}

/** Sends readings, and resolves when the log holds their batch under a head: `size` entries. */
async function sequenceMore(rig: Rig): Promise<number> {
  const before = rig.gateway.ledger.size;
  const client = await rig.connect('wear-1');
  for (let i = 0; i < 5; i++)
    await client.publishAsync(TOPIC, `[{"bn":"${SESSION}:","n":"spo2","u":"%","v":97,"seq_":${sequence++}}]`, {
      qos: 1,
    });
  await client.endAsync();
  await settled('a batch is sequenced', () => rig.gateway.ledger.publishedSize > before);
  return rig.gateway.ledger.publishedSize;
}

const at = (rig: Rig, path: string) => fetch(`http://127.0.0.1:${rig.gateway.operationsPort}${path}`);
const health = async (rig: Rig) => (await (await at(rig, '/healthz')).json()) as Health;
const anchoredSize = async (rig: Rig) => (await health(rig)).facts.anchored?.size ?? -1;

/** Size of the checkpoint that everybody may see, and how many witnesses have cosigned it. */
async function publicCheckpoint(rig: Rig): Promise<[number, number]> {
  const note = await (await at(rig, '/log/checkpoint')).text();
  const cosigners = witnesses.map((witness) => parseVerifierKey(witness.vkey, nodeCrypto.sha256, COSIGNATURE));
  const known = [parseVerifierKey(vkey, nodeCrypto.sha256), ...cosigners];
  return [Number(note.split('\n')[1]), openNote(note, known, nodeCrypto).signedBy.size - 1];
}

describe('a log with two witnesses', () => {
  it('is anchored when both have cosigned, and proofs carry what they have signed', async () => {
    await using rig = await open();
    const size = await sequenceMore(rig);
    await settled('both have cosigned', async () => (await anchoredSize(rig)) >= size);
    expect(await publicCheckpoint(rig)).toEqual([expect.any(Number), 2]);
    expect((await health(rig)).facts.anchored).toMatchObject({ waitingMs: 0, alarm: null });
    expect(rig.metrics.read('anchored_size')).toBeGreaterThanOrEqual(size);
    await rig.stop();
    await using record = await openRecord(directory);
    const [found] = await record.everything();
    const proof = await record.prove(found!);
    expect(verifyProof(proof, vkey, nobleCrypto).ok).toBe(true);
    expect(proof.match(/^— \S+\.example\/witness /gm)).toHaveLength(2);
  });

  it('goes on sequencing while one is away and while both are; anchored is what was, until they are back', async () => {
    await using rig = await open();
    const [north, south] = witnesses as [TestWitness, TestWitness];
    const before = await sequenceMore(rig);
    await settled('both have cosigned', async () => (await anchoredSize(rig)) >= before);
    const anchored = await anchoredSize(rig);
    await south.leave();
    const without = await sequenceMore(rig);
    await north.leave();
    const alone = await sequenceMore(rig);
    expect(alone).toBeGreaterThan(without);
    await settled('it is noticed', () => rig.metrics.read('anchor_home_failures_total') > 1);
    // The cursor follows the head.
    await settled('nothing lags but the witnesses', async () => (await health(rig)).facts.anchorLagEntries === 0);
    expect(await publicCheckpoint(rig)).toEqual([anchored, 2]);
    const { ok, facts } = await health(rig);
    expect([ok, facts.anchored?.size]).toEqual([true, anchored]);
    expect(facts.anchored?.waitingMs).toBeGreaterThan(0);
    await north.comeBack();
    await south.comeBack();
    await settled('both have cosigned again', async () => (await anchoredSize(rig)) >= alone);
    expect((await publicCheckpoint(rig))[1]).toBe(2);
    expect((await health(rig)).facts.anchored).toMatchObject({ waitingMs: 0, alarm: null });
  });

  it('starts though the only witness asked says that it holds more and does not show it, and sounds an alarm without proof', async () => {
    await using liar = await openAccuser();
    await writeFile(join(directory, 'accuser'), `log ${vkey}\n${liar.policyLine}\nquorum accuser\n`);
    await using rig = await open('accuser');
    const { ok, facts, problemKeys, problems } = await health(rig);
    expect([ok, facts.anchored?.alarm, problemKeys]).toEqual([false, 'ANCHOR_ACCUSED', ['ledger-accused']]);
    expect(problems[0]).toMatch(/^ALARM without proof/);
    expect(rig.metrics.read('anchored_alarm')).toBe(1);
    expect(rig.logLines.join('')).toMatch(/"level":"error".*"code":"ANCHOR_ACCUSED".*"event":"ledger-alarm"/);
    // Care goes on, and on record.
    expect(await sequenceMore(rig)).toBeGreaterThan(0);
  });

  it('does not start on a disk that was put back, and sounds the alarm where nobody could be asked at the start', async () => {
    const old = `${directory}-old`;
    await cp(directory, old, { recursive: true });
    {
      await using rig = await open();
      const size = await sequenceMore(rig);
      await settled('both have cosigned', async () => (await anchoredSize(rig)) >= size);
    }
    await rm(directory, { recursive: true });
    await cp(old, directory, { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'LEDGER_RECOVERY_NEEDED' });
    // Nor when everything but the keys was taken away.
    const paths = dataPaths(directory);
    for (const path of ['', '-wal', '-shm'].map((end) => paths.journal + end)) await rm(path, { force: true });
    await rm(paths.log, { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'LEDGER_RECOVERY_NEEDED' });
    await rm(directory, { recursive: true });
    await cp(old, directory, { recursive: true });
    await rm(old, { recursive: true });

    for (const witness of witnesses) await witness.leave();
    await using rig = await open();
    for (const witness of witnesses) await witness.comeBack();
    await settled('they have been asked', async () => (await health(rig)).facts.anchored?.alarm != null);
    const { ok, problemKeys } = await health(rig);
    expect([ok, problemKeys[0]]).toEqual([false, expect.stringMatching(/^ledger-(rolled-back|forked)$/)]);
    expect(rig.logLines.join('')).toMatch(/"level":"error".*"event":"ledger-alarm"/);
  });
});

/** Says of any head that it holds a longer log, and shows nothing. */
async function openAccuser(): Promise<AsyncDisposable & { policyLine: string }> {
  const server = createServer((request, response) => {
    response.writeHead(request.method === 'POST' ? 409 : 404).end('999999\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const key = formatVerifierKey(makeWitnessSigner('accuser.example/witness').key);
  return {
    policyLine: `witness accuser ${key} http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
