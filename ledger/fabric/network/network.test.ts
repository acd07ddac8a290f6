// SPDX-License-Identifier: Apache-2.0
/** The folder of a network: what is not ours is left alone, and what a failed attempt left is made anew. The network itself: test/fabric. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FabricError } from '../errors.ts';
import { type NetworkOptions, openNetwork, removeNetwork, stopNetwork } from './network.ts';
import { PORTS } from './topology.ts';
import { eventually, isHealthy, isListening, until } from './wait.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lamplight-network-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Programs of which the first fails. */
function options(asked: string[]): NetworkOptions {
  return withPrograms(async (tool) => {
    asked.push(tool);
    throw new FabricError('FABRIC_PROGRAM_FAILED', tool);
  });
}

function withPrograms(run: (tool: string) => Promise<string>): NetworkOptions {
  const daemon = (name: string) => join(dir, name);
  return { dir, programs: { run, daemon }, nowMs: Date.now, say: () => undefined };
}

it('touches no folder that holds something else', async () => {
  writeFileSync(join(dir, 'thesis.txt'), 'the only copy');
  await expect(openNetwork(options([]))).rejects.toMatchObject({ code: 'FABRIC_FOLDER_FOREIGN' });
  await expect(stopNetwork(dir)).rejects.toMatchObject({ code: 'FABRIC_FOLDER_FOREIGN' });
  await expect(removeNetwork(dir)).rejects.toMatchObject({ code: 'FABRIC_FOLDER_FOREIGN' });
  expect(readFileSync(join(dir, 'thesis.txt'), 'utf8')).toBe('the only copy');
});

it('begins anew after an attempt that failed, in a folder that is private', async () => {
  const asked: string[] = [];
  await expect(openNetwork(options(asked))).rejects.toMatchObject({ code: 'FABRIC_PROGRAM_FAILED' });
  expect(JSON.parse(readFileSync(join(dir, 'network.json'), 'utf8'))).toMatchObject({ isMade: false });
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  writeFileSync(join(dir, 'left-over'), '');
  await expect(openNetwork(options(asked))).rejects.toMatchObject({ code: 'FABRIC_PROGRAM_FAILED' });
  expect(asked).toEqual(['cryptogen', 'cryptogen']);
  expect(existsSync(join(dir, 'left-over'))).toBe(false);
  await removeNetwork(dir);
  expect(existsSync(dir)).toBe(false);
  for (const end of [stopNetwork, removeNetwork]) await end(dir);
});

it('says so where the programs know no SmartBFT, and of a network that has other orderers', async () => {
  const asked: string[] = [];
  const old = withPrograms(async (tool) => {
    asked.push(tool);
    if (tool === 'configtxgen') throw new FabricError('FABRIC_PROGRAM_FAILED', tool);
    return '';
  });
  await expect(openNetwork({ ...old, ordering: 'bft' })).rejects.toMatchObject({ code: 'FABRIC_PROGRAMS_NO_BFT' });
  await expect(openNetwork(old)).rejects.toMatchObject({ code: 'FABRIC_PROGRAM_FAILED' });
  expect(asked).toEqual(['cryptogen', 'configtxgen', 'cryptogen', 'configtxgen']);
  for (const [is, other] of [
    ['raft', 'bft'],
    ['bft', 'raft'],
  ] as const) {
    // Networks made before there was a choice say nothing of it.
    const description = { ...(is === 'bft' && { ordering: is }), ports: PORTS[is], isMade: true };
    writeFileSync(join(dir, 'network.json'), JSON.stringify(description));
    const refused = openNetwork({ ...old, ordering: other });
    await expect(refused).rejects.toMatchObject({ code: 'FABRIC_FOLDER_FOREIGN' });
  }
});

it('does not take a program that has its port for its own', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const taken = { ...withPrograms(async () => ''), ports: PORTS.raft.map(() => port) };
  await expect(openNetwork(taken)).rejects.toThrow(`another program has port ${port}`);
  await new Promise((resolve) => server.close(resolve));
  await expect(openNetwork(taken)).rejects.toThrow('has ended');
});

it('waits for what comes up, and says what did not', async () => {
  const server = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect([await isHealthy(port), await isListening(port)]).toEqual([true, true]);
  await new Promise((resolve) => server.close(resolve));
  expect([await isHealthy(port), await isListening(port)]).toEqual([false, false]);
  let looks = 0;
  await until('the third look', async () => ++looks === 3);
  const never = until('the moon', async () => false, 0);
  await expect(never).rejects.toMatchObject({ code: 'FABRIC_NOT_READY', message: expect.stringContaining('the moon') });
  await eventually('the fifth look', async () => {
    looks += 1;
    if (looks < 5) throw new FabricError('FABRIC_PROGRAM_FAILED');
  });
  expect(looks).toBe(5);
});
