// SPDX-License-Identifier: Apache-2.0
/** A real witness in this process, with its store on disk: it can be away and come back at the same address. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto, parseVerifierKey } from '../../ledger/index.ts';
import { NodeFiles } from '../../ledger/log/files.ts';
import { formatVerifierKey } from '../../ledger/log/note.ts';
import { startWitnessServer, type WitnessServer } from '../../ledger/witness/server.ts';
import { makeWitnessSigner } from '../../ledger/witness/testing/keys.ts';
import { openWitness } from '../../ledger/witness/witness.ts';
import { WitnessStore } from '../../ledger/witness/witness-store.ts';
import { freePort } from './free-port.ts';

export interface TestWitness extends AsyncDisposable {
  readonly name: string;
  readonly vkey: string;
  /** Line of a policy. */
  readonly policyLine: string;
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function openTestWitness(name: string, logVkey: string): Promise<TestWitness> {
  const directory = await mkdtemp(join(tmpdir(), 'lamplight-test-witness-'));
  const signer = makeWitnessSigner(`${name}.example/witness`);
  let server: WitnessServer | undefined;
  const start = async (port: number): Promise<WitnessServer> => {
    const store = new WitnessStore({ files: new NodeFiles(directory), witness: signer.key, crypto: nodeCrypto });
    const witness = await openWitness({
      signer,
      logs: [parseVerifierKey(logVkey, nodeCrypto.sha256)],
      store,
      crypto: nodeCrypto,
      nowS: () => Math.floor(Date.now() / 1000),
      onFatal: () => undefined,
    });
    const address = { host: '127.0.0.1', port };
    return startWitnessServer({ witness, ...address, monotonicMs: () => performance.now(), onError: () => undefined });
  };
  const port = await freePort();
  server = await start(port);
  const vkey = formatVerifierKey(signer.key);
  const leave = async () => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  };
  return {
    name,
    vkey,
    policyLine: `witness ${name} ${vkey} http://127.0.0.1:${port}/`,
    leave,
    comeBack: async () => {
      server ??= await start(port);
    },
    [Symbol.asyncDispose]: async () => {
      await leave();
      await rm(directory, { recursive: true });
    },
  };
}
