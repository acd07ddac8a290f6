// SPDX-License-Identifier: Apache-2.0
/** A published log that is read while its writer goes on. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { leafHash } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type Log, openLog } from './log.ts';
import { viewLog } from './log-view.ts';
import { parseVerifierKey } from './note.ts';

const { sha256 } = nodeCrypto;
let directory = '';
let log: Log;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-view-'));
  const key = generateKeyPairSync('ed25519').privateKey;
  log = await openLog({ directory, name: 'gateway.example/log', key, onFatal: () => undefined });
});
afterEach(async () => {
  await log[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const entryOf = (index: number) => Buffer.from(`entry ${index}`);
async function grow(count: number): Promise<void> {
  const entries = Array.from({ length: count }, (_, i) => ({
    outbox: log.size + i + 1,
    entry: entryOf(log.size + i),
  }));
  await log.append(entries);
  await log.publish();
}

it('proves what it covered when it was opened, though its narrow tiles have become full ones since', async () => {
  await grow(200);
  const view = await viewLog(directory, log.vkey);
  for (const count of [10, 100, 300]) {
    for (const index of [0, 128, 199]) {
      const proof = await view.inclusionProof(index);
      const { root } = openCheckpoint(view.checkpoint, parseVerifierKey(log.vkey, sha256), nodeCrypto);
      const claim = { leafHash: leafHash(sha256, entryOf(index)), index, size: 200, root, proof };
      expect(verifyInclusion(sha256, claim)).toBe(true);
      expect(Buffer.from(await view.entry(index))).toEqual(entryOf(index));
    }
    await grow(count);
  }
  expect(view.size).toBe(200);
});

it('says of a tile that is gone that the log is damaged', async () => {
  await grow(200);
  const view = await viewLog(directory, log.vkey);
  await rm(join(directory, 'tile/0'), { recursive: true });
  await expect(view.inclusionProof(0)).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
});
