// SPDX-License-Identifier: Apache-2.0
/** Our witnesses under another log: Tessera's, which reads our policy and publishes nothing that they have not cosigned. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { nodeCrypto, parseVerifierKey } from '../ledger/index.ts';
import { parseCheckpoint } from '../ledger/log/checkpoint.ts';
import { formatVerifierKey, parseNote } from '../ledger/log/note.ts';
import { FaultyFiles } from '../ledger/log/testing/faulty-files.ts';
import { isAccepted, parsePolicy } from '../ledger/witness/policy.ts';
import { startWitnessServer, type WitnessServer } from '../ledger/witness/server.ts';
import { makeWitnessSigner } from '../ledger/witness/testing/keys.ts';
import { openWitness } from '../ledger/witness/witness.ts';
import { WitnessStore } from '../ledger/witness/witness-store.ts';
import { GO_MISSING } from './support/go-programs.ts';

const MODULE = fileURLToPath(new URL('./interop/', import.meta.url));
const ROUNDS = 3;

async function startWitness(name: string, vkey: string): Promise<{ server: WitnessServer; line: string }> {
  const signer = makeWitnessSigner(`${name}.example`);
  const store = new WitnessStore({ files: new FaultyFiles(), witness: signer.key, crypto: nodeCrypto });
  const fail = (error: unknown) => {
    throw error;
  };
  const logs = [parseVerifierKey(vkey, nodeCrypto.sha256)];
  const nowS = () => Math.floor(Date.now() / 1000);
  const witness = await openWitness({ signer, logs, store, crypto: nodeCrypto, nowS, onFatal: fail });
  const monotonicMs = () => performance.now();
  const server = await startWitnessServer({ witness, host: '127.0.0.1', port: 0, monotonicMs, onError: fail });
  return { server, line: `witness ${name} ${formatVerifierKey(signer.key)} http://127.0.0.1:${server.port}/` };
}

it.skipIf(GO_MISSING)('Tessera publishes a growing log under the cosignatures of two of ours (needs Go)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lamplight-witness-interop-'));
  const options = ['run', './cmd/cosignedlog', '-dir', join(folder, 'log'), '-rounds', String(ROUNDS)];
  const child = spawn('go', options, { cwd: MODULE, stdio: ['pipe', 'pipe', 'pipe'] });
  const complaints = text(child.stderr);
  const lines = createInterface({ input: child.stdout });
  const [vkey] = (await once(lines, 'line')) as [string];
  const rest: string[] = [];
  lines.on('line', (line) => rest.push(line));
  const witnesses = await Promise.all(['w1', 'w2'].map((name) => startWitness(name, vkey)));
  const policyText = `log ${vkey}\n${witnesses.map(({ line }) => line).join('\n')}\ngroup both all w1 w2\nquorum both\n`;
  child.stdin.end(policyText);
  const [code] = await once(child, 'close');
  expect(code, await complaints).toBe(0);
  const note = `${rest.join('\n')}\n`;
  const policy = parsePolicy(policyText, nodeCrypto.sha256);
  expect(parseCheckpoint(parseNote(note).text).size).toBe(300 * ROUNDS);
  expect(isAccepted(policy, note, parseVerifierKey(vkey, nodeCrypto.sha256), nodeCrypto)).toBe(true);
  for (const { server } of witnesses) {
    expect(server.counters()).toMatchObject({ refused: 0, failed: 0 });
    expect(server.counters()['cosigned']).toBeGreaterThanOrEqual(ROUNDS);
    await server[Symbol.asyncDispose]();
  }
  await rm(folder, { recursive: true });
});
