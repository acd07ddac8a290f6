// SPDX-License-Identifier: Apache-2.0
/** What the gateway's process makes of a data directory that another start has left. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPaths } from './data-directory.ts';
import { gatewayCommand } from './main.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  await writeFile(join(folder, 'passphrase'), 'a few words\n', { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the gateway under a name until it is ready, then stops it. */
async function run(name: string): Promise<number> {
  const data = join(folder, 'data');
  await writeFile(dataPaths(data).config, `gateway = "${name}"\n[broker]\nport = 0\n`);
  const stop = new AbortController();
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      stop.abort();
      done();
    },
  });
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  const env = { LAMPLIGHT_PASSPHRASE_FILE: join(folder, 'passphrase') };
  const io = { stdout, stderr, stdin: (async function* () {})(), env, signal: stop.signal };
  return await gatewayCommand(['--prepare', '--data', data], io);
}

describe('the gateway process', () => {
  it('keeps the name of its first start, and touches nothing under another', async () => {
    await mkdir(join(folder, 'data'), { mode: 0o700 });
    expect(await run('ward-3')).toBe(0);
    const { identity } = dataPaths(join(folder, 'data'));
    const before = await readFile(identity, 'utf8');
    await expect(run('ward-4')).rejects.toMatchObject({ code: 'GATEWAY_RENAMED' });
    expect(await readFile(identity, 'utf8')).toBe(before);
    expect(await run('ward-3')).toBe(0);
  });
});
