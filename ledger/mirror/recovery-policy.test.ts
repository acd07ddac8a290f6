// SPDX-License-Identifier: Apache-2.0
/** Recovery with a policy: only the history that the witnesses cosigned counts, whoever shows it and in however many pieces. */
import { readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { formatVerifierKey } from '../log/note.ts';
import { FaultyFiles } from '../log/testing/faulty-files.ts';
import { parsePolicy } from '../witness/policy.ts';
import { heldTimers } from '../witness/testing/web.ts';
import type { LogSource } from './source.ts';
import { cosign, logKey, witnesses } from './testing/logs.ts';
import {
  assertHealed,
  at,
  fork,
  forkedTail,
  mirrorOf,
  older,
  put,
  putHeadOf,
  recover,
  refusal,
  SIZE,
  source,
  useDirectory,
  whole,
} from './testing/recovery-rig.ts';

const POLICY = `log ${formatVerifierKey(logKey)}
${witnesses.map(({ key }, i) => `witness w${i + 1} ${formatVerifierKey(key)} http://w${i + 1}`).join('\n')}
group g all w1 w2
quorum g
`;
const policy = parsePolicy(POLICY, nodeCrypto.sha256);
const cosigned = new FaultyFiles({ disk: whole });
cosign(cosigned, 0, 1);

useDirectory();

describe('with a policy', () => {
  it('no cosignature, no recovery; with it everything is checked against that checkpoint', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    const silent = ['http://w1', 'http://w2'].map((url) => expect.stringContaining(url));
    const refused = await refusal([source(whole)], {
      policy: parsePolicy(POLICY.replaceAll(/ http:.*/g, ''), nodeCrypto.sha256),
    });
    expect(refused).toMatchObject({ code: 'RECOVER_NOT_WITNESSED' });
    expect(await recover([source(cosigned)], { policy })).toMatchObject({
      outcome: 'healed',
      acceptedSize: SIZE,
      silent,
    });
    await assertHealed();
    expect(await readFile(at('anchored'), 'utf8')).toContain('w2.example');
  });

  it('a mirror shorter than a cosigned head is refused; shorter than one that is not, healed so far, and said', async () => {
    const shorter = new FaultyFiles({ disk: older });
    cosign(shorter, 0, 1);
    await putHeadOf(whole);
    expect(await refusal([source(shorter), await checkpointOnly(cosigned)], { policy })).toMatchObject({
      code: 'RECOVER_NOT_PROVED',
    });
    const report = await recover([source(shorter)], { policy });
    expect(report).toMatchObject({ outcome: 'healed', size: 300, acceptedSize: 300, firstBadEntry: 0 });
    expect(report.unproved).toEqual([expect.stringMatching(/^log, log shows 600 entries/)]);
    await assertHealed(300);
  });

  it('the history that the witnesses cosigned is taken, and the other kept as evidence, whoever holds it', async () => {
    await put(fork);
    const report = await recover([source(forkedTail, 'fork'), await mirrorOf(cosigned)], { policy });
    expect(report).toMatchObject({ outcome: 'healed', damage: [], firstBadEntry: 100, size: SIZE });
    expect(report.unproved).toHaveLength(2);
    await assertHealed();
  });

  it('two cosigned histories are refused', async () => {
    const other = new FaultyFiles({ disk: fork });
    cosign(other, 0, 1);
    await put(whole);
    await rm(at('segment'), { recursive: true });
    expect(await refusal([source(cosigned), source(other)], { policy })).toMatchObject({ code: 'RECOVER_FORKED' });
  });

  it('witnesses keep a line each: together they are the quorum, and a forged line of a liar does not spoil it', async () => {
    await put(whole);
    await rm(at('segment'), { recursive: true });
    const halves = [0, 1].map((by) => {
      const files = new FaultyFiles({ disk: whole });
      cosign(files, by);
      return files;
    });
    const forged = new FaultyFiles({ disk: older });
    cosign(forged, 1);
    const lines = new TextDecoder()
      .decode((await forged.read('checkpoint'))!)
      .trimEnd()
      .split('\n')
      .at(-1)!;
    const liar = new FaultyFiles({ disk: whole });
    liar.tamper('checkpoint', (bytes) => Buffer.concat([bytes, Buffer.from(`${lines}\n`)]));
    const shownByWitnesses: typeof fetch = async (url) => {
      const half = halves[String(url).startsWith('http://w1/') ? 0 : 1]!;
      return new Response(Buffer.from((await half.read('checkpoint'))!));
    };
    const http = { fetch: shownByWitnesses, timers: heldTimers() };
    expect(await recover([source(liar)], { policy, http })).toMatchObject({ outcome: 'healed', acceptedSize: SIZE });
  });
});

async function checkpointOnly(files: FaultyFiles): Promise<LogSource> {
  const bytes = await files.read('checkpoint');
  return { name: 'checkpoint only', read: async (path) => (path === 'checkpoint' ? bytes : undefined) };
}
