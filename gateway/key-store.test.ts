// SPDX-License-Identifier: Apache-2.0
/** The key store gives back what was made and refuses, with a code each, whatever is not in order. */
import { sign, verify } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyStore, type KeyStoreOptions, openKeyStore } from './key-store.ts';

const SECRET = { passphrase: 'a lamp in the window' };
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  path = join(folder, 'gateway.keys');
});
afterEach(() => rm(folder, { recursive: true }));

async function edit(change: (file: Record<string, unknown> & { kdf: Record<string, unknown> }) => void): Promise<void> {
  const file = JSON.parse(await readFile(path, 'utf8'));
  change(file);
  await writeFile(path, JSON.stringify(file));
}
const opening = (options: KeyStoreOptions = SECRET) => openKeyStore(path, 'gateway', options);

describe('key store', () => {
  it('opens with the passphrase and holds the same keys each time', async () => {
    await createKeyStore(path, 'gateway', SECRET);
    const [first, second] = [await opening(), await opening()];
    expect(first.protection).toBe('passphrase');
    for (const pair of ['gatewaySigning', 'log'] as const) {
      const signature = sign(null, Buffer.from('x'), first[pair].privateKey);
      expect(verify(null, Buffer.from('x'), second[pair].publicKey, signature)).toBe(true);
    }
    expect(first.gatewaySigning.privateKey.equals(first.log.privateKey)).toBe(false);
    expect(first.gatewayKem.privateKey.asymmetricKeyType).toBe('x25519');
    expect(first.journalKey.symmetricKeySize).toBe(32);
    expect(first.journalKey.equals(second.journalKey)).toBe(true);
  });

  it('holds no key in the clear under a passphrase', async () => {
    await createKeyStore(path, 'gateway', SECRET);
    const secret = (await opening()).journalKey.export();
    const text = await readFile(path, 'utf8');
    const sealed = Buffer.from(JSON.parse(text).sealed, 'base64');
    expect(text.includes(secret.toString('base64'))).toBe(false);
    expect(sealed.includes(secret) || sealed.includes(secret.toString('base64'))).toBe(false);
    // Positive control: the same search finds the key in a demo store.
    const demo = join(folder, 'demo.keys');
    await createKeyStore(demo, 'gateway', { demo: true });
    const open = await openKeyStore(demo, 'gateway', { demo: true });
    expect((await readFile(demo, 'utf8')).includes(open.journalKey.export().toString('base64'))).toBe(true);
  });

  it('keeps the care team key of a station', async () => {
    await createKeyStore(path, 'station', SECRET);
    const { careTeamKem } = await openKeyStore(path, 'station', SECRET);
    expect(careTeamKem.publicKey.asymmetricKeyType).toBe('x25519');
    await expect(opening()).rejects.toMatchObject({ code: 'KEY_STORE_DAMAGED' });
  });

  it('is never overwritten', async () => {
    await createKeyStore(path, 'gateway', SECRET);
    await expect(createKeyStore(path, 'gateway', SECRET)).rejects.toMatchObject({ code: 'KEY_STORE_EXISTS' });
  });

  it('is refused when missing, linked, of another owner or readable by others', async () => {
    await expect(opening()).rejects.toMatchObject({ code: 'KEY_STORE_MISSING' });
    await createKeyStore(path, 'gateway', SECRET);
    const uid = (process.geteuid?.() ?? 0) + 1;
    await expect(opening({ ...SECRET, uid })).rejects.toMatchObject({ code: 'PRIVATE_FILE_OWNER' });
    await chmod(path, 0o640);
    await expect(opening()).rejects.toMatchObject({ code: 'PRIVATE_FILE_MODE' });
    await chmod(path, 0o600);
    await rename(path, `${path}.real`);
    await symlink(`${path}.real`, path);
    await expect(opening()).rejects.toMatchObject({ code: 'PRIVATE_FILE_KIND' });
  });

  it('is refused without a passphrase or with a wrong one', async () => {
    await expect(createKeyStore(path, 'gateway', {})).rejects.toMatchObject({ code: 'KEY_STORE_NO_PASSPHRASE' });
    await createKeyStore(path, 'gateway', SECRET);
    await expect(opening({})).rejects.toMatchObject({ code: 'KEY_STORE_NO_PASSPHRASE' });
    await expect(opening({ passphrase: 'wrong' })).rejects.toMatchObject({ code: 'KEY_STORE_PASSPHRASE' });
  });

  it('is refused when a newer version wrote it', async () => {
    await createKeyStore(path, 'gateway', SECRET);
    await edit((file) => {
      file['version'] = 2;
      file['novelty'] = true;
    });
    await expect(opening()).rejects.toMatchObject({ code: 'KEY_STORE_VERSION' });
  });

  it('is refused outside the demo when it is a demo store, and says DEMO in itself', async () => {
    await createKeyStore(path, 'gateway', { demo: true });
    expect((await opening({ demo: true })).protection).toBe('none-demo');
    expect(await readFile(path, 'utf8')).toContain('DEMO');
    await expect(opening(SECRET)).rejects.toMatchObject({ code: 'KEY_STORE_DEMO' });
  });

  it.each<[string, Parameters<typeof edit>[0]]>([
    ['another format', (file) => (file['format'] = 'x')],
    ['an unknown field', (file) => (file['extra'] = 1)],
    ['a weaker derivation', (file) => (file.kdf['memoryKib'] = 1024)],
    ['a costlier derivation than a box can bear', (file) => (file.kdf['memoryKib'] = 2 ** 30)],
    ['a flipped sealed byte', (file) => (file['sealed'] = flip(file['sealed']))],
    ['a flipped nonce', (file) => (file['nonce'] = flip(file['nonce']))],
    ['a cut nonce', (file) => (file['nonce'] = 'AAAA')],
    ['nothing sealed', (file) => (file['sealed'] = '')],
    ['another role', (file) => (file['role'] = 'station')],
  ])('is refused as damaged with %s', async (_, change) => {
    await createKeyStore(path, 'gateway', SECRET);
    await edit(change);
    await expect(opening()).rejects.toMatchObject({ code: 'KEY_STORE_DAMAGED' });
  });

  it('does not let a relabelled store pass: the seal covers the role', async () => {
    await createKeyStore(path, 'gateway', SECRET);
    await edit((file) => (file['role'] = 'station'));
    await expect(openKeyStore(path, 'station', SECRET)).rejects.toMatchObject({ code: 'KEY_STORE_DAMAGED' });
  });

  it('is refused as damaged when torn, and the error quotes nothing of it', async () => {
    await createKeyStore(path, 'gateway', { demo: true });
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -20));
    const error = await opening({ demo: true }).then(String, (caught: Error) => `${caught.message}${caught.cause}`);
    expect(error).toContain('damaged');
    expect(error).not.toContain(JSON.parse(text).keys.log.slice(0, 8));
  });
});

function flip(text: unknown): string {
  const bytes = Buffer.from(String(text), 'base64');
  bytes[0]! ^= 1;
  return bytes.toString('base64');
}
