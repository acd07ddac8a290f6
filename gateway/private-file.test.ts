// SPDX-License-Identifier: Apache-2.0
/** A private file is refused in every state in which somebody else could have touched it. */
import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  path = join(folder, 'secret');
});
afterEach(() => rm(folder, { recursive: true }));

describe('private file', () => {
  it('comes back as written, with mode 0600 whatever the umask, and leaves nothing beside it', async () => {
    const before = process.umask(0o277);
    try {
      await writePrivateFile(path, 'one');
      await writePrivateFile(path, 'two');
    } finally {
      process.umask(before);
    }
    expect((await readPrivateFile(path))?.toString()).toBe('two');
    expect((await stat(path)).mode & 0o7777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it('is undefined when there is none', async () => {
    expect(await readPrivateFile(path)).toBeUndefined();
  });

  it('is not overwritten when it should be created', async () => {
    expect(await writePrivateFile(path, 'one', true)).toBe(true);
    expect(await writePrivateFile(path, 'two', true)).toBe(false);
    expect((await readPrivateFile(path))?.toString()).toBe('one');
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it.each([0o644, 0o640, 0o660, 0o700, 0o400, 0o4600])('is refused with mode %o', async (mode) => {
    await writePrivateFile(path, 'x');
    await chmod(path, mode);
    await expect(readPrivateFile(path)).rejects.toMatchObject({ code: 'PRIVATE_FILE_MODE' });
  });

  it('is refused when another user owns it', async () => {
    await writePrivateFile(path, 'x');
    const other = (process.geteuid?.() ?? 0) + 1;
    await expect(readPrivateFile(path, other)).rejects.toMatchObject({ code: 'PRIVATE_FILE_OWNER' });
  });

  it('is refused when it is a symbolic link, a folder or too large', async () => {
    await writePrivateFile(path, 'x');
    await symlink(path, join(folder, 'link'));
    await expect(readPrivateFile(join(folder, 'link'))).rejects.toMatchObject({ code: 'PRIVATE_FILE_KIND' });
    await expect(readPrivateFile(folder)).rejects.toMatchObject({ code: 'PRIVATE_FILE_KIND' });
    await writeFile(join(folder, 'large'), Buffer.alloc(4 * 1024 * 1024 + 1), { mode: 0o600 });
    await expect(readPrivateFile(join(folder, 'large'))).rejects.toMatchObject({ code: 'PRIVATE_FILE_TOO_LARGE' });
  });
});
