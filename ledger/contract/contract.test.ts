// SPDX-License-Identifier: Apache-2.0
/** The contract on its two homes that need no network: a plain map, and the embedded log with restarts in the middle. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519PublicKey } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { openLog } from '../log/log.ts';
import { openEmbeddedHost } from './embedded-host.ts';
import { conformance, type HostUnderTest } from './testing/conformance.ts';
import { MemoryHost } from './testing/memory-host.ts';
import { keyOf, NOW_MS, type Organisation } from './testing/world.ts';

conformance('a plain map', async (organisations) => {
  const host = new MemoryHost(
    ({ command }) => {
      const org = organisations.find(({ org }) => org === command.org)!;
      return command.device ? org.gatewayCaller : org.adminCaller;
    },
    () => NOW_MS,
  );
  return { host, restart: async () => host, close: async () => undefined };
});

conformance('the embedded log', async (organisations) => embedded(organisations));

async function embedded(organisations: readonly Organisation[]): Promise<HostUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'contract-'));
  const founders = new Map(organisations.map(({ org, adminKey }) => [org, ed25519PublicKey(adminKey)]));
  const open = async () => {
    const log = await openLog({ directory, name: 'gateway.example/log', key: keyOf('log'), onFatal: () => undefined });
    const append = (entry: Uint8Array) => log.append([{ outbox: log.highestOutbox + 1, entry }]);
    const host = await openEmbeddedHost({ log, append, founders, nowMs: () => NOW_MS, crypto: nodeCrypto });
    return { log, host };
  };
  let opened = await open();
  const close = async () => {
    await opened.host[Symbol.asyncDispose]();
    await opened.log[Symbol.asyncDispose]();
  };
  return {
    host: opened.host,
    restart: async () => {
      await close();
      opened = await open();
      return opened.host;
    },
    close: async () => {
      await close();
      await rm(directory, { recursive: true });
    },
  };
}
