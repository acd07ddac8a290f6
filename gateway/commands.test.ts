// SPDX-License-Identifier: Apache-2.0
/** The small verbs, from arguments to exit code. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Command, readPassphrase } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { decodeCommand } from './decode-command.ts';
import { devicesCommand } from './devices-command.ts';
import { openCredentials } from './intake/credentials.ts';
import { mqttBench } from './intake/testing/mqtt-bench.ts';
import { patientsCommand } from './patients-command.ts';
import { writePrivateFile } from './private-file.ts';
import { readStationFile, writeStationFile } from './station-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(command: Command, argv: readonly string[], input: readonly string[] = []) {
  const said = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        said[name] += chunk;
        done();
      },
    });
  const stdin = (async function* () {
    yield* input;
  })();
  const io = { stdout: into('out'), stderr: into('err'), stdin, env: {}, signal: new AbortController().signal };
  return { code: await command(argv, io), ...said };
}

/** A packet of 25 frames: start, status (SYNC in frame 1), pleth, the data byte of that frame, sum (formats.md, "Nonin DF2"). */
function df2Packet(data: Readonly<Record<number, number>>): Buffer {
  const frames = Array.from({ length: 25 }, (_, index) => {
    const bytes = [0x01, index === 0 ? 0x81 : 0x80, 0x00, data[index + 1] ?? 0];
    return [...bytes, bytes.reduce((sum, byte) => sum + byte) & 0xff];
  });
  return Buffer.from(frames.flat());
}

describe('devices', () => {
  it('enrols, lists, rotates and removes', async () => {
    const data = ['--data', folder];
    const added = await run(devicesCommand, ['add', 'wear-1', '--interval-ms', '1000', '--label', 'Band', ...data]);
    expect(added.code).toBe(0);
    const secret = /secret +(\S+)/.exec(added.out)?.[1];
    const credentials = await openCredentials(dataPaths(folder).devices);
    expect(credentials.verify('wear-1', Buffer.from(secret!))).toBeDefined();
    expect((await run(devicesCommand, ['list', ...data])).out).toMatch(/^wear-1 +senml +1000 ms +Band\n$/);
    expect(JSON.parse((await run(devicesCommand, ['list', '--json', ...data])).out)).toHaveLength(1);
    expect((await run(devicesCommand, ['rotate', 'wear-1', ...data])).out).not.toContain(secret);
    expect((await run(devicesCommand, ['remove', 'wear-1', ...data])).code).toBe(0);
    expect((await run(devicesCommand, ['list', ...data])).out).toContain('No devices yet');
  });

  it.each([[[]], [['add']], [['list', 'x']], [['sell', 'x']], [['add', 'x', 'y']]])('%j is wrong use', async (argv) => {
    expect((await run(devicesCommand, argv)).code).toBe(2);
  });
});

describe('patients', () => {
  it('asks the gateway as a station and tells its answer', async () => {
    const heard: unknown[] = [];
    await using bench = await mqttBench({
      onRequest: async (payload, station) => {
        const request = JSON.parse(Buffer.from(payload).toString());
        heard.push(request);
        const refusal = { ok: false, code: 'BED_TAKEN', message: 'Somebody is there.', advice: 'Discharge.' };
        const answer = request.bed === '2' ? refusal : { ok: true };
        return { to: station, payload: JSON.stringify({ id: request.id, ...answer }) };
      },
    });
    const secret = 'secret of board-cli';
    const file = { gateway: 'gw', host: '127.0.0.1', port: bench.broker.port, name: 'board-cli', secret };
    await writePrivateFile(dataPaths(folder).commandLine, JSON.stringify(file));
    const admitted = await run(patientsCommand, ['admit', '1', '--device', 'wear-1', '--data', folder]);
    expect(admitted).toMatchObject({ code: 0, out: 'Done.\n' });
    expect(heard[0]).toMatchObject({ command: 'admit', bed: '1', device: 'wear-1', from: 'board-cli' });
    const refused = await run(patientsCommand, ['discharge', '2', '--data', folder]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('BED_TAKEN');
  });

  it('says when there is no gateway, and what to say instead of nonsense', async () => {
    await expect(run(patientsCommand, ['list', '--data', folder])).rejects.toMatchObject({
      code: 'GATEWAY_NOT_REACHED',
    });
    expect((await run(patientsCommand, ['admit', '--data', folder])).code).toBe(2);
    expect((await run(patientsCommand, ['evict', '1', '--data', folder])).code).toBe(2);
  });
});

describe('decode', () => {
  it('gives the measurements of a SenML body, digits as sent', async () => {
    const body = '[{"bn":"0011223344556677:","n":"temperature","u":"Cel","v":36.60,"seq_":1}]';
    const { code, out } = await run(decodeCommand, ['senml'], [`${JSON.stringify({ body })}\n`, '\n', 'nonsense\n']);
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ errors: [], measurements: [{ value: '36.60', sequence: 1 }] });
    expect(second).toMatchObject({ measurements: [], errors: [{ code: 'DECODE_LINE_MALFORMED' }] });
    expect(code).toBe(1);
  });

  it('takes a serial stream in any pieces', async () => {
    const packet = df2Packet({ 9: 97, 21: 72 });
    // A packet counts when the next one begins: its start and its SYNC follow.
    const hex = Buffer.concat([packet, packet.subarray(0, 2)]).toString('hex');
    const lines = [hex.slice(0, 30), hex.slice(30)].map(
      (piece) => `${JSON.stringify({ model: 'nonin-df2', hex: piece })}\n`,
    );
    const { code, out } = await run(decodeCommand, ['serial'], lines);
    const last = JSON.parse(out.trim().split('\n').at(-1)!);
    expect(code).toBe(0);
    expect(last).toMatchObject({
      errors: [],
      measurements: [
        { vital: 'pulseRate', value: '72' },
        { vital: 'spo2', value: '97' },
      ],
    });
    expect((await run(decodeCommand, [])).code).toBe(2);
  });
});

describe('station file', () => {
  it('keeps a valid secret over restarts, and makes a new one when it no longer signs in', async () => {
    const path = join(folder, 'station.json');
    const credentials = await openCredentials(join(folder, 'devices.json'));
    const address = { gateway: 'gw', host: '127.0.0.1', port: 1, name: 'nurse-station' };
    await writeStationFile(path, credentials, address);
    const first = (await readStationFile(path))!;
    await writeStationFile(path, credentials, { ...address, port: 2 });
    expect(await readStationFile(path)).toEqual({ ...first, port: 2 });
    await credentials.rotate('nurse-station');
    await writeStationFile(path, credentials, address);
    const fresh = (await readStationFile(path))!;
    expect(fresh.secret).not.toBe(first.secret);
    expect(credentials.verify('nurse-station', Buffer.from(fresh.secret))).toEqual({
      kind: 'station',
      name: 'nurse-station',
    });
  });
});

describe('passphrase', () => {
  it('comes from the named file, else from the systemd credential, without its line end', async () => {
    await writePrivateFile(join(folder, 'lamplight-passphrase'), 'by systemd\n');
    await writePrivateFile(join(folder, 'mine'), ' by hand \r\n');
    expect(await readPassphrase({ CREDENTIALS_DIRECTORY: folder })).toBe('by systemd');
    expect(
      await readPassphrase({ CREDENTIALS_DIRECTORY: folder, LAMPLIGHT_PASSPHRASE_FILE: join(folder, 'mine') }),
    ).toBe(' by hand ');
    expect(await readPassphrase({ CREDENTIALS_DIRECTORY: join(folder, 'none') })).toBeUndefined();
    expect(await readPassphrase({})).toBeUndefined();
    await expect(readPassphrase({ LAMPLIGHT_PASSPHRASE_FILE: join(folder, 'none') })).rejects.toMatchObject({
      code: 'PASSPHRASE_UNREADABLE',
    });
    expect(await readFile(join(folder, 'mine'), 'utf8')).toContain('by hand');
  });
});
