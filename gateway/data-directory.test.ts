// SPDX-License-Identifier: Apache-2.0
/** One process at a time, and only directories of ours and of our age. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  path = join(folder, 'deep', 'data');
});
afterEach(() => rm(folder, { recursive: true }));

/** A second process that opens the directory and prints how it went. */
async function other(): Promise<{ said: string; child: ChildProcess }> {
  const module = new URL('./data-directory.ts', import.meta.url).href;
  const code = `const { openDataDirectory } = await import(${JSON.stringify(module)});
    try { globalThis.held = await openDataDirectory(${JSON.stringify(path)}); console.log('open'); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.code); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout!, 'data');
  return { said: String(said).trim(), child };
}

describe('data directory', () => {
  it('is made with mode 0700 and opens again after it was closed', async () => {
    await using first = await openDataDirectory(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(first.paths.log).toBe(join(path, 'log'));
    await first[Symbol.asyncDispose]();
    await using second = await openDataDirectory(path);
    expect(JSON.parse(await readFile(second.paths.format, 'utf8'))).toEqual({ format: 'lamplight-data', version: 1 });
  });

  it('is refused while another process holds it, and free as soon as that one is killed', async () => {
    const { said, child } = await other();
    expect(said).toBe('open');
    await expect(openDataDirectory(path)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using mine = await openDataDirectory(path);
    expect(mine.paths.directory).toBe(path);
    expect((await other()).said).toBe('DATA_DIRECTORY_LOCKED');
  });

  it('lets the dashboard in beside the gateway, but no second dashboard', async () => {
    await using _gateway = await openDataDirectory(path);
    await using _dashboard = await openDataDirectory(path, 'dashboard');
    await expect(openDataDirectory(path, 'dashboard')).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' });
  });

  it.each([
    ['{"format":"lamplight-data","version":2}', 'DATA_DIRECTORY_NEWER'],
    ['{"format":"other","version":1}', 'DATA_DIRECTORY_FOREIGN'],
    ['{"format":', 'DATA_DIRECTORY_FOREIGN'],
  ])('is refused with the format file %s, and not left locked', async (text, code) => {
    await (await openDataDirectory(path))[Symbol.asyncDispose]();
    await writeFile(join(path, 'format.json'), text);
    await expect(openDataDirectory(path)).rejects.toMatchObject({ code });
    await expect(openDataDirectory(path)).rejects.toMatchObject({ code });
  });

  it('is refused when it holds something of somebody else, but not for a configuration that waits there', async () => {
    await writeFile(join(folder, 'lamplight.toml'), '');
    await (await openDataDirectory(folder))[Symbol.asyncDispose]();
    await rm(join(folder, 'format.json'));
    await writeFile(join(folder, 'thesis.txt'), 'mine');
    await expect(openDataDirectory(folder)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_FOREIGN' });
  });
});
