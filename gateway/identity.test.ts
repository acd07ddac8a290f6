// SPDX-License-Identifier: Apache-2.0
/** The public side of a gateway: endorsed by its log, written and read as it is, and holding no secret. */
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ed25519PublicKey, gatewayKeyBytes, rawPublicKey, verifyTyped } from '../ledger/index.ts';
import { logName, makeIdentity, readIdentity, selfRecipient, writeIdentity } from './identity.ts';
import type { GatewayKeys } from './key-store.ts';

const keys: GatewayKeys = {
  role: 'gateway',
  protection: 'passphrase',
  gatewaySigning: generateKeyPairSync('ed25519'),
  log: generateKeyPairSync('ed25519'),
  gatewayKem: generateKeyPairSync('x25519'),
  journalKey: createSecretKey(randomBytes(32)),
};
const careTeam = { id: 'care-team', publicKey: new Uint8Array(randomBytes(32)) };
const identity = makeIdentity('ward-3', keys, 'lamplight/vitals/ward-3+00000000+AA==', careTeam);

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-identity-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('an identity', () => {
  it('carries the log’s word for the key that signs batches, and for no other name', () => {
    const { gatewayKey, endorsement } = identity;
    expect(gatewayKey).toEqual(ed25519PublicKey(keys.gatewaySigning.publicKey));
    const logKey = ed25519PublicKey(keys.log.publicKey);
    const holds = (name: string) => verifyTyped('gateway-key', gatewayKeyBytes(name, gatewayKey), logKey, endorsement);
    expect([holds('ward-3'), holds('ward-4')]).toEqual([true, false]);
    expect(logName('ward-3')).toBe('lamplight/vitals/ward-3');
  });

  it('comes back from its file as it was, over an older one, and leaves nothing beside it', async () => {
    const path = join(directory, 'identity.json');
    await writeFile(path, 'older');
    await writeIdentity(path, identity);
    expect(await readIdentity(path)).toMatchObject({
      ...identity,
      gatewayKey: Uint8Array.from(identity.gatewayKey),
      endorsement: Uint8Array.from(identity.endorsement),
    });
    expect(await readdir(directory)).toEqual(['identity.json']);
  });

  it('has no private key in its file', async () => {
    const path = join(directory, 'secrets.json');
    await writeIdentity(path, identity);
    const text = await readFile(path, 'utf8');
    const secrets = [keys.gatewaySigning, keys.log, keys.gatewayKem].map(({ privateKey }) =>
      Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url'),
    );
    for (const secret of [...secrets, keys.journalKey.export()])
      for (const encoding of ['base64', 'hex', 'base64url'] as const)
        expect(text).not.toContain(secret.toString(encoding));
  });

  it('that is missing, torn, of another version, or has one field too many is refused with its code', async () => {
    const path = join(directory, 'bad.json');
    const missing = expect.objectContaining({ code: 'IDENTITY_MISSING' });
    await expect(readIdentity(path)).rejects.toEqual(missing);
    await writeIdentity(path, identity);
    const text = await readFile(path, 'utf8');
    const bad = [
      '',
      text.slice(0, 60),
      'null',
      text.replace('"version": 1', '"version": 2'),
      text.replace('"version": 1', '"version": 1, "more": 1'),
      text.replace(/"gatewayKey": "[^"]*"/, '"gatewayKey": "not base64!"'),
    ];
    for (const content of bad) {
      await writeFile(path, content);
      await expect(readIdentity(path)).rejects.toEqual(missing);
    }
  });
});

describe('the gateway as a recipient', () => {
  it('is known by its raw X25519 key', () => {
    expect(selfRecipient(keys)).toEqual({ id: 'gateway', publicKey: rawPublicKey(keys.gatewayKem.publicKey) });
  });
});
