// SPDX-License-Identifier: Apache-2.0
/** Devices and stations sign in with their own secret only, and no secret is on disk. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCredentials } from './credentials.ts';

const WEARABLE = { handle: 'wear-1', kind: 'senml', label: 'Wrist band 1', intervalMs: 1000 };
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  path = join(folder, 'devices.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('credentials', () => {
  it('verifies a device and a station by their own secrets, also after a restart', async () => {
    const first = await openCredentials(path);
    const device = (await first.addDevice(WEARABLE))!;
    const station = await first.addStation('board-1');
    for (const credentials of [first, await openCredentials(path)]) {
      expect(credentials.verify('wear-1', Buffer.from(device))).toEqual({ kind: 'device', handle: 'wear-1' });
      expect(credentials.verify('board-1', Buffer.from(station))).toEqual({ kind: 'station', name: 'board-1' });
      expect(credentials.verify('wear-1', Buffer.from(station))).toBeUndefined();
      expect(credentials.verify('wear-2', Buffer.from(device))).toBeUndefined();
      expect(credentials.verify('wear-1', Buffer.alloc(0))).toBeUndefined();
      expect(credentials.devices()).toEqual([WEARABLE]);
      expect(credentials.stations()).toEqual(['board-1']);
    }
  });

  it('keeps no secret on disk, in a file for its owner only', async () => {
    const credentials = await openCredentials(path);
    const secret = (await credentials.addDevice(WEARABLE))!;
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('rotates and removes', async () => {
    const credentials = await openCredentials(path);
    const old = (await credentials.addDevice(WEARABLE))!;
    const fresh = await credentials.rotate('wear-1');
    expect(credentials.verify('wear-1', Buffer.from(old))).toBeUndefined();
    expect(credentials.verify('wear-1', Buffer.from(fresh))).toBeDefined();
    await credentials.remove('wear-1');
    expect(credentials.verify('wear-1', Buffer.from(fresh))).toBeUndefined();
    await expect(credentials.remove('wear-1')).rejects.toMatchObject({ code: 'CREDENTIALS_UNKNOWN' });
    await expect(credentials.rotate('wear-1')).rejects.toMatchObject({ code: 'CREDENTIALS_UNKNOWN' });
  });

  it('gives a device on a serial line no secret, and nobody signs in as it', async () => {
    const credentials = await openCredentials(path);
    const oximeter = { handle: 'oxi-7', kind: 'nonin-df2', label: '', intervalMs: 1000, url: 'tcp://127.0.0.1:4001' };
    expect(await credentials.addDevice(oximeter)).toBeUndefined();
    expect(credentials.verify('oxi-7', Buffer.alloc(0))).toBeUndefined();
    await expect(credentials.rotate('oxi-7')).rejects.toMatchObject({ code: 'CREDENTIALS_UNKNOWN' });
  });

  it('refuses a name twice, the reserved one and what is no handle', async () => {
    const credentials = await openCredentials(path);
    await credentials.addDevice(WEARABLE);
    await expect(credentials.addStation('wear-1')).rejects.toMatchObject({ code: 'CREDENTIALS_NAME_TAKEN' });
    await expect(credentials.addDevice(WEARABLE)).rejects.toMatchObject({ code: 'CREDENTIALS_NAME_TAKEN' });
    for (const handle of ['station', 'Ada Lovelace', '../x', '']) {
      await expect(credentials.addDevice({ ...WEARABLE, handle })).rejects.toMatchObject({
        code: 'CREDENTIALS_INVALID',
      });
    }
  });

  it('sees what another process changed after a reload', async () => {
    const [gateway, verb] = [await openCredentials(path), await openCredentials(path)];
    const secret = (await verb.addDevice(WEARABLE))!;
    expect(gateway.verify('wear-1', Buffer.from(secret))).toBeUndefined();
    expect(await gateway.reload()).toEqual(new Set());
    expect(gateway.verify('wear-1', Buffer.from(secret))).toBeDefined();
    expect(await gateway.reload()).toBeUndefined();
  });

  it('names at a reload who was removed or has another secret', async () => {
    const [gateway, verb] = [await openCredentials(path), await openCredentials(path)];
    for (const handle of ['wear-1', 'wear-2', 'wear-3']) await verb.addDevice({ ...WEARABLE, handle });
    await gateway.reload();
    await verb.rotate('wear-1');
    await verb.remove('wear-2');
    expect(await gateway.reload()).toEqual(new Set(['wear-1', 'wear-2']));
  });

  it('keeps what it has, and complains once, when the file was spoilt', async () => {
    const gateway = await openCredentials(path);
    const secret = (await gateway.addDevice(WEARABLE))!;
    await gateway.reload();
    await writeFile(path, '{', { mode: 0o600 });
    await expect(gateway.reload()).rejects.toMatchObject({ code: 'CREDENTIALS_DAMAGED' });
    expect(await gateway.reload()).toBeUndefined();
    expect(gateway.verify('wear-1', Buffer.from(secret))).toBeDefined();
  });

  it.each(['{', '{"format":"lamplight-credentials","version":2,"devices":[],"stations":[]}', '[]'])(
    'refuses %j',
    async (text) => {
      await writeFile(path, text, { mode: 0o600 });
      await expect(openCredentials(path)).rejects.toMatchObject({ code: 'CREDENTIALS_DAMAGED' });
    },
  );
});
