// SPDX-License-Identifier: Apache-2.0
/** The configuration: defaults, refusals that name the place, and the last good copy. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { configSchema, loadConfig, parseConfig } from './config.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  path = join(folder, 'lamplight.toml');
});
afterEach(() => rm(folder, { recursive: true }));

describe('configuration', () => {
  it('has a default for everything', () => {
    const config = parseConfig('');
    expect(config.beds).toHaveLength(8);
    expect(config.record).toEqual({
      batchMaxMs: 300_000,
      batchMaxReadings: 1000,
      batchMaxBytes: 49_152,
      epochMs: 86_400_000,
      paddingBytes: 64,
    });
    expect(config.journal).toMatchObject({ groupMs: 25, groupMaxMs: 50, waveformStopPercent: 85, refusePercent: 95 });
    expect(config.broker.host).toBe('127.0.0.1');
  });

  it.each(['broker', 'operations'])('keeps %s on loopback while bodies are plain', (part) => {
    expect(() => parseConfig(`[${part}]\nhost = "0.0.0.0"\n`)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(parseConfig(`[${part}]\nhost = "127.0.0.2"\n`)).toMatchObject({ [part]: { host: '127.0.0.2' } });
  });

  it('takes what is set and keeps the defaults beside it', () => {
    const config = parseConfig(
      'gateway = "icu-2"\n[broker]\nport = 2883\n[[serial]]\nhandle = "oxi-7"\nurl = "tcp://10.0.0.7:4001"\nmodel = "nonin-df2"\n',
    );
    expect(config.gateway).toBe('icu-2');
    expect(config.broker).toEqual({ host: '127.0.0.1', port: 2883 });
    expect(config.serial[0]?.url).toBe('tcp://10.0.0.7:4001');
  });

  it('is frozen to its leaves', () => {
    const config = parseConfig('') as z.infer<typeof configSchema>;
    expect(() => config.beds.push('9')).toThrow(TypeError);
    expect(() => {
      config.journal.groupMs = 1;
    }).toThrow(TypeError);
  });

  it.each([
    ['wrad = "x"', 'wrad: unknown setting'],
    ['[journal]\ngroupMS = 1', 'journal.groupMS: unknown setting'],
    [
      '[[serial]]\nhandle = "oxi-7"\nurl = "/dev/ttyUSB0"\nmodel = "nonin-df2"\nbaud = 1',
      'serial.0.baud: unknown setting',
    ],
    ['[broker]\nport = 70000', 'broker.port: '],
    ['gateway = "Ward 3"', 'gateway: '],
    ['beds = ["1", "1"]', 'beds: a bed is named twice'],
    ['[journal]\nwaveformStopPercent = 96', 'journal.waveformStopPercent: '],
    ['[series]\nurl = "ftp://influx"', 'series.url: '],
    ['[series]\nurl = "http://root:root@influx:8086"', 'series.url: '],
    ['[series]\ndatabase = "a; DROP"', 'series.database: '],
    ['[series]\nusername = "gateway"', 'series.passwordFile: goes together with username'],
    ['[series]\nusername = "gateway"\npasswordFile = "password"', 'series.passwordFile: '],
    ['gateway = ', 'line 1'],
  ])('refuses %j and names the place', (text, place) => {
    expect(() => parseConfig(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(place) }),
    );
  });

  it('describes every setting', () => {
    const undescribed = (schema: z.ZodType, at: string): string[] => {
      const inner = 'unwrap' in schema ? (schema as z.ZodDefault<z.ZodType>).unwrap() : schema;
      const shape = 'shape' in inner ? (inner.shape as Record<string, z.ZodType>) : {};
      const below = Object.entries(shape).flatMap(([key, child]) => undescribed(child, at ? `${at}.${key}` : key));
      return at === '' || schema.description ? below : [at, ...below];
    };
    expect(undescribed(configSchema, '')).toEqual([]);
  });

  it('keeps the last good file and goes on with it when the file turns bad', async () => {
    expect((await loadConfig(path)).config.gateway).toBe('gateway');
    await writeFile(path, 'gateway = "good"');
    expect(await loadConfig(path)).toMatchObject({ config: { gateway: 'good' } });
    await writeFile(path, 'gateway = "bad one"');
    const { config, warning } = await loadConfig(path);
    expect(config.gateway).toBe('good');
    expect(warning?.code).toBe('CONFIG_LAST_GOOD');
    expect(await readFile(`${path}.good`, 'utf8')).toContain('good');
  });

  it('is refused when there never was a good one', async () => {
    await writeFile(path, 'gateway = "bad one"');
    await expect(loadConfig(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
