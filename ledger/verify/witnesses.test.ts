// SPDX-License-Identifier: Apache-2.0
/** Cosignatures under a proof: unchanged for who does not ask for them, demanded by who has a policy; of readings and of exports. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../crypto/noble.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { cosignatureLine, formatVerifierKey, parseNote } from '../log/note.ts';
import { parsePolicy } from '../witness/policy.ts';
import { makeWitnessSigner } from '../witness/testing/keys.ts';
import { verifyCommand } from './cli.ts';
import { exportVkey, makeExport, proofText } from './testing/export-maker.ts';
import { makeProof, vkey } from './testing/proof-maker.ts';
import { verifyProof } from './verify.ts';

const signers = ['w1', 'w2', 'w3'].map((name) => makeWitnessSigner(`${name}.example`));
const policyFor = (log: string) => `log ${log}
${signers.map(({ key }, i) => `witness w${i + 1} ${formatVerifierKey(key)}`).join('\n')}
group g 2 w1 w2 w3
quorum g
`;
const cosigned = (note: string, ...by: number[]) =>
  note + by.map((i) => cosignatureLine(parseNote(note).text, signers[i]!, 1_795_000_000)).join('');
const proof = (...by: number[]) =>
  makeProof({ file: ({ checkpoint }) => ({ checkpoint: cosigned(checkpoint, ...by) }) });
const policy = parsePolicy(policyFor(vkey), nodeCrypto.sha256);

describe.each([
  ['node:crypto', nodeCrypto],
  ['@noble', nobleCrypto],
])('the proof of a reading, by %s', (_, crypto) => {
  it('with cosignatures passes unchanged for who does not ask for them', () => {
    expect(verifyProof(proof(0, 1, 2), vkey, crypto)).toEqual(verifyProof(proof(), vkey, crypto));
    expect(verifyProof(proof(0, 1, 2), vkey, crypto).ok).toBe(true);
  });

  it('with enough of them passes the policy, and says so', () => {
    const { ok, steps } = verifyProof(proof(2, 0), vkey, crypto, policy);
    expect(ok).toBe(true);
    expect(steps[2]).toMatchObject({ name: 'witnesses', ok: true });
    expect(steps[2]!.words).toContain('cosigned');
  });

  it.each([
    ['none', proof()],
    ['too few', proof(1)],
    ['the same twice', proof(1, 1)],
    ['one that is of another checkpoint', makeProof({ file: forged })],
  ])('with %s fails at that step', (_, text) => {
    const { ok, steps, error } = verifyProof(text, vkey, crypto, policy);
    expect({ ok, last: steps.at(-1)!.name, code: error!.code }).toEqual({
      ok: false,
      last: 'witnesses',
      code: 'PROOF_WITNESSES_MISSING',
    });
  });

  it('of a log that the policy does not list fails there too', () => {
    const other = parsePolicy(policyFor(exportVkey), nodeCrypto.sha256);
    expect(verifyProof(proof(0, 1), vkey, crypto, other).error!.code).toBe('PROOF_WITNESSES_MISSING');
  });
});

function forged({ checkpoint }: { checkpoint: string }): { checkpoint: string } {
  const other = cosigned(checkpoint.replace('\n11\n', '\n12\n'), 0, 1);
  return { checkpoint: checkpoint + other.slice(checkpoint.length) };
}

it('the command demands them with --policy, of readings and of exports, and names a bad policy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lamplight-verify-'));
  const at = (name: string) => join(folder, name);
  const said: string[] = [];
  const write = (text: string) => said.push(text);
  const io = { stdout: { write }, stderr: { write } };
  const made = makeExport({ profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' });
  const exported = (...by: number[]) =>
    made.parts.map((part) =>
      part.kind === 'head'
        ? { ...part, head: { ...part.head, checkpoint: cosigned(part.head.checkpoint, ...by) } }
        : part,
    );
  await Promise.all([
    writeFile(at('policy'), policyFor(vkey)),
    writeFile(at('export-policy'), policyFor(exportVkey)),
    writeFile(at('bad-policy'), 'quorum\n'),
    writeFile(at('good'), proof(0, 1)),
    writeFile(at('few'), proof(0)),
    ...[['good.csv', 0, 1] as const, ['few.csv', 0] as const].flatMap(([name, ...by]) => [
      writeFile(at(name), made.csv),
      writeFile(at(`${name}.proof`), proofText(exported(...by))),
    ]),
  ]);
  const run = (file: string, key: string, policy: string) =>
    verifyCommand([at(file), '--key', key, '--policy', at(policy)], io);
  expect(await run('good', vkey, 'policy')).toBe(0);
  expect(await run('few', vkey, 'policy')).toBe(1);
  expect(said.at(-1)).toContain('FAILED  The checkpoint is cosigned by as many witnesses as the policy asks for.');
  expect(await run('good.csv.proof', exportVkey, 'export-policy')).toBe(0);
  expect(said.at(-1)).toContain('ok      The checkpoint is cosigned');
  expect(await run('few.csv.proof', exportVkey, 'export-policy')).toBe(1);
  expect(said.at(-1)).toContain('PROOF_WITNESSES_MISSING');
  await expect(run('good', vkey, 'bad-policy')).rejects.toMatchObject({ code: 'POLICY_MALFORMED' });
  await rm(folder, { recursive: true });
});
