// SPDX-License-Identifier: Apache-2.0
/** The order of system calls that makes a step durable, and the plain behaviour of the files on a real disk. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NodeFiles } from './files.ts';

/** What was called, as `operation file`; folders end in a slash. */
const calls = vi.hoisted(() => [] as string[]);

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (path, flags) => {
    const handle = await real.open(path, flags);
    const name = `${basename(String(path))}${(await handle.stat()).isDirectory() ? '/' : ''}`;
    for (const operation of ['write', 'sync', 'datasync'] as const) {
      const original = (handle[operation] as (...args: unknown[]) => Promise<unknown>).bind(handle);
      Object.assign(handle, {
        [operation]: (...args: unknown[]) => {
          calls.push(`${operation} ${name}`);
          return original(...args);
        },
      });
    }
    return handle;
  };
  const rename: typeof real.rename = async (from, to) => {
    calls.push(`rename ${basename(String(from))}`);
    await real.rename(from, to);
  };
  return { ...real, open, rename };
});

let root = '';
beforeEach(async () => {
  calls.length = 0;
  root = await mkdtemp(join(tmpdir(), 'lamplight-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('NodeFiles', () => {
  it('writes, syncs, renames and syncs the folder, in this order', async () => {
    const files = new NodeFiles(root);
    await files.writeAtomic('head', Buffer.from('one'));
    calls.length = 0;
    await files.writeAtomic('head', Buffer.from('two'));
    expect(calls).toEqual(['write head.tmp', 'sync head.tmp', 'rename head.tmp', `sync ${basename(root)}/`]);
    expect(await readFile(join(root, 'head'), 'utf8')).toBe('two');
  });

  it('syncs the parents of new folders as well, each once', async () => {
    const files = new NodeFiles(root);
    await files.writeAll(['0', '1'].map((level) => ({ path: `tile/${level}/000`, bytes: Buffer.from('x') })));
    const folders = [`${basename(root)}/`, `${basename(dirname(root))}/`, 'tile/', '0/', '1/'];
    expect(calls.filter((call) => call.endsWith('/')).sort()).toEqual(folders.map((name) => `sync ${name}`).sort());
    calls.length = 0;
    await files.writeAtomic('tile/0/001', Buffer.from('x'));
    expect(calls.filter((call) => call.endsWith('/'))).toEqual(['sync 0/']);
  });

  it('syncs each of many files before its rename, and each folder once, after them all', async () => {
    const files = new NodeFiles(root);
    const names = ['d/a', 'd/b', 'd/c', 'e/d', 'e/e'];
    for (const folder of ['d', 'e']) await files.writeAtomic(`${folder}/first`, Buffer.from('x'));
    calls.length = 0;
    await files.writeAll(names.map((path) => ({ path, bytes: Buffer.from(path) })));
    for (const path of names) {
      expect(await readFile(join(root, path), 'utf8')).toBe(path);
      const one = `${basename(path)}.tmp`;
      const own = calls.filter((call) => call.endsWith(` ${one}`));
      expect(own).toEqual([`write ${one}`, `sync ${one}`, `rename ${one}`]);
    }
    expect(calls.slice(-2).sort()).toEqual(['sync d/', 'sync e/']);
    expect(calls.filter((call) => call.endsWith('/'))).toHaveLength(2);
  });

  it('puts nothing in place after a file of many has failed, and syncs nothing', async () => {
    const files = new NodeFiles(root);
    await files.writeAtomic('d/b.tmp/in-the-way', Buffer.from('x'));
    calls.length = 0;
    const names = ['a', 'b', ...Array.from({ length: 40 }, (_, i) => `later-${i}`)];
    const writing = files.writeAll(names.map((name) => ({ path: `d/${name}`, bytes: Buffer.from(name) })));
    await expect(writing).rejects.toMatchObject({ code: 'EISDIR' });
    const settled = calls.length;
    expect(calls).toContain('write a.tmp');
    expect(calls).not.toContain('write later-39.tmp');
    expect(calls.filter((call) => !call.startsWith('write'))).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toHaveLength(settled);
  });

  it('makes a folder durable again that was removed', async () => {
    const files = new NodeFiles(root);
    await files.writeAtomic('d/a', Buffer.from('x'));
    await files.remove('d');
    calls.length = 0;
    await files.writeAtomic('d/a', Buffer.from('x'));
    expect(calls.slice(-2).sort()).toEqual(['sync d/', `sync ${basename(root)}/`]);
  });

  it('appends at the end and syncs the data before it resolves', async () => {
    const files = new NodeFiles(root);
    await files.writeAtomic('segment', Buffer.from('a'));
    calls.length = 0;
    await files.append('segment', Buffer.from('bc'));
    await files.append('segment', Buffer.from('d'));
    expect(calls).toEqual(['write segment', 'datasync segment', 'write segment', 'datasync segment']);
    await files.truncate('segment', 3);
    await files.append('segment', Buffer.from('e'));
    expect(await readFile(join(root, 'segment'), 'utf8')).toBe('abce');
    await files.close();
  });

  it('syncs a file and its folder on request, lists sorted, and reads what is missing as undefined', async () => {
    const files = new NodeFiles(root);
    for (const name of ['b', 'a']) await files.writeAtomic(`d/${name}`, Buffer.from(name));
    calls.length = 0;
    await files.sync('d/a');
    expect(calls.slice(0, 2)).toEqual(['sync a', 'sync d/']);
    expect(await files.list('d')).toEqual(['a', 'b']);
    expect(await files.list('nowhere')).toEqual([]);
    expect(await files.read('nowhere')).toBeUndefined();
    await files.remove('d');
    expect(await files.read('d/a')).toBeUndefined();
    await expect(files.append('missing', Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
