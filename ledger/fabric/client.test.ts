// SPDX-License-Identifier: Apache-2.0
/** What only a peer that does not answer can show; everything else of the client is tested on the bench peer (test/fabric). */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FabricClient, openFabricClient } from './client.ts';
import { outcomeOf } from './outcome.ts';
import { createAuthority, issue } from './testing/x509.ts';

const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
const SHORT_MS = { evaluate: 60, endorse: 60, submit: 60 };

let silent: Server;
const sockets: Socket[] = [];
beforeEach(async () => {
  silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  silent.close();
});

function client(deadlinesMs?: typeof SHORT_MS): FabricClient {
  const authority = createAuthority('ca', Date.now());
  const { port } = silent.address() as AddressInfo;
  return openFabricClient(
    {
      endpoint: `127.0.0.1:${port}`,
      serverName: 'peer.example',
      tlsRootPem: authority.certificatePem,
      mspId: 'HospMSP',
      ...issue(authority, { commonName: 'gateway', unit: 'client' }, Date.now()),
      channel: 'vitals',
      chaincode: 'lamplight',
    },
    deadlinesMs,
  );
}

const CALLS: [string, (of: FabricClient) => Promise<unknown>][] = [
  ['endorse', (of) => of.endorse(Uint8Array.of(1))],
  ['status', (of) => of.status('tx', 60)],
  ['judge', (of) => of.judge(Uint8Array.of(1))],
  ['read', (of) => of.read('getHead', Uint8Array.of(1))],
];

it.each(CALLS)('%s does not wait for a silent peer beyond its deadline', async (_name, call) => {
  await using own = client(SHORT_MS);
  const error = await call(own).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: DEADLINE_EXCEEDED });
  expect(outcomeOf(error, 'HospMSP').kind).toMatch(/^(transient|ambiguous)$/);
});

it.each(CALLS)('%s ends when the client is closed', async (_name, call) => {
  const own = client();
  const answer = call(own);
  const refused = expect(answer).rejects.toMatchObject({ code: 'FABRIC_CLOSED' });
  await own[Symbol.asyncDispose]();
  await refused;
});

it.each(CALLS)('%s fails at once where nobody listens', async (_name, call) => {
  await using own = client();
  silent.close();
  await once(silent, 'close');
  expect(await call(own).catch((thrown: unknown) => thrown)).toMatchObject({ code: UNAVAILABLE });
});
