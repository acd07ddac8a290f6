// SPDX-License-Identifier: Apache-2.0
/** The demo's files fit together, and a second run starts afresh without touching the keys. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { dataPaths, openDataDirectory } from './data-directory.ts';
import { type DemoPorts, prepareDemo } from './demo-ward.ts';
import { openCredentials } from './intake/credentials.ts';
import { openKeyStore } from './key-store.ts';
import { openLogFile } from './log-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface DemoDevice {
  readonly handle: string;
  readonly kind: string;
  readonly secret?: string;
  readonly port?: number;
}
async function devicesOf(directory: string): Promise<DemoDevice[]> {
  return JSON.parse(await readFile(dataPaths(directory).demoCredentials, 'utf8')).devices;
}

describe('demo ward', () => {
  it('gives eight wearables that sign in and two oximeters where the configuration looks for them', async () => {
    await using ports = await prepareDemo(folder);
    const paths = dataPaths(folder);
    const [devices, credentials, { config }] = [
      await devicesOf(folder),
      await openCredentials(paths.devices),
      await loadConfig(paths.config),
    ];
    const wearables = devices.filter((device) => device.kind === 'senml');
    expect(wearables.map((device) => device.handle)).toEqual(
      ['1', '2', '3', '4', '5', '6', '7', '8'].map((bed) => `wear-${bed}`),
    );
    for (const { handle, secret } of wearables) expect(credentials.verify(handle, Buffer.from(secret!))).toBeDefined();
    const oximeters = devices.filter((device) => device.kind === 'nonin-df2');
    expect(oximeters.map((device) => device.handle)).toEqual(['oxi-7', 'oxi-8']);
    expect(config.serial.map(({ handle, url }) => [handle, url])).toEqual(
      oximeters.map(({ handle, port }) => [handle, `tcp://127.0.0.1:${port}`]),
    );
    expect(config).toMatchObject({ gateway: 'demo', broker: { port: ports.broker }, station: { port: ports.station } });
    expect((await stat(paths.demoCredentials)).mode & 0o777).toBe(0o600);
  });

  it('keeps the keys and changes every secret in the next run', async () => {
    await using _first = await prepareDemo(folder);
    const keys = () => openKeyStore(dataPaths(folder).gatewayKeys, 'gateway', { demo: true });
    const [before, first] = [await keys(), await devicesOf(folder)];
    await using _second = await prepareDemo(folder);
    const [after, second] = [await keys(), await devicesOf(folder)];
    expect(after.log.privateKey.equals(before.log.privateKey)).toBe(true);
    expect(second.map((device) => device.handle)).toEqual(first.map((device) => device.handle));
    expect(second.some((device, index) => device.secret && device.secret === first[index]?.secret)).toBe(false);
  });

  it('takes the next free port', async () => {
    const first = await prepareDemo(folder);
    const other = createServer().listen(first.broker, '127.0.0.1');
    await once(other, 'listening');
    await first[Symbol.asyncDispose]();
    await using ports = await prepareDemo(folder);
    other.close();
    expect(ports.broker).toBeGreaterThan(first.broker);
  });

  it('takes no port of another demo, though nobody listens on it yet', async () => {
    const portsOf = async (name: string, { broker, station }: DemoPorts) => [
      broker,
      station,
      ...(await devicesOf(join(folder, name))).flatMap(({ port }) => port ?? []),
    ];
    await using one = await prepareDemo(join(folder, 'one'));
    await using other = await prepareDemo(join(folder, 'other'));
    const all = [...(await portsOf('one', one)), ...(await portsOf('other', other))];
    expect(new Set(all).size).toBe(8);
  });

  it('leaves a demo alone that another process runs', async () => {
    await using _ports = await prepareDemo(folder);
    const before = await devicesOf(folder);
    await using _held = await openDataDirectory(folder);
    await expect(prepareDemo(folder)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' });
    expect(await devicesOf(folder)).toEqual(before);
  });
});

describe('log file', () => {
  it('keeps the newest lines in at most two files of its size, for its owner only', async () => {
    const path = join(folder, 'lamplight.log');
    await writeFile(path, 'old\n', { mode: 0o644 });
    const write = openLogFile(path, 20);
    for (let line = 0; line < 10; line += 1) write(`line ${line}\n`);
    expect(await readFile(path, 'utf8')).toBe('line 8\nline 9\n');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('line 6\nline 7\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
