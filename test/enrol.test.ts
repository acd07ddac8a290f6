// SPDX-License-Identifier: Apache-2.0
/** `lamplight devices` beside a running gateway: who is enrolled may come at once, who is removed is cut at once. Nobody restarts anything. */
import { writeFile } from 'node:fs/promises';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataPaths } from '../gateway/data-directory.ts';
import { devicesCommand } from '../gateway/devices-command.ts';
import { next } from '../gateway/intake/testing/mqtt-bench.ts';
import { openRig, type Rig } from './support/gateway-rig.ts';
import { runCommand } from './support/run-command.ts';

const TAKEN_OVER_MS_MAX = 10_000;

describe('the technician, beside a running gateway,', () => {
  let rig: Rig;
  let secret: string;
  beforeAll(async () => {
    rig = await openRig({ devices: { 'oxi-1': 1000 } });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const devices = async (...argv: string[]): Promise<string> => {
    const { code, said } = await runCommand(devicesCommand, ...argv, '--data', rig.directory);
    expect(code).toBe(0);
    return said;
  };
  const signIn = (password: string) =>
    mqtt.connectAsync({
      host: '127.0.0.1',
      port: rig.gateway.brokerPort,
      protocolVersion: 4,
      clientId: 'oxi-2',
      username: 'oxi-2',
      password,
      reconnectPeriod: 0,
    });

  it('enrols a sensor, and it is heard', async () => {
    secret = /secret +(\S+)/.exec(await devices('add', 'oxi-2', '--interval-ms', '1000'))?.[1] ?? '';
    await vi.waitFor(async () => (await signIn(secret)).endAsync(), TAKEN_OVER_MS_MAX);
    const client = await signIn(secret);
    const body = '[{"bn":"0123456789abcdef:","n":"spo2","u":"%","v":97,"seq_":0}]';
    await client.publishAsync('lamplight/v1/rig/oxi-2/senml', body, { qos: 1 });
    expect(rig.gateway.dataPath.live.snapshot().some(({ device }) => device === 'oxi-2')).toBe(true);
    await client.endAsync();
  });

  it('gives it a new secret, and the connection with the old one is cut', async () => {
    const client = await signIn(secret);
    const closed = next(client, 'close');
    const renewed = /secret +(\S+)/.exec(await devices('rotate', 'oxi-2'))?.[1] ?? '';
    await closed;
    await expect(signIn(secret)).rejects.toThrow();
    await (await signIn(renewed)).endAsync();
    secret = renewed;
  });

  it('removes it, and it is cut', async () => {
    const client = await signIn(secret);
    const closed = next(client, 'close');
    await devices('remove', 'oxi-2');
    await closed;
    await expect(signIn(secret)).rejects.toThrow();
    expect(rig.gateway.dataPath.device('oxi-2')).toBeUndefined();
    expect(rig.gateway.dataPath.device('oxi-1')).toBeDefined();
  });

  it('keeps who was signed in when the file cannot be read', async () => {
    const client = await rig.connect('oxi-1');
    await writeFile(dataPaths(rig.directory).devices, '{', { mode: 0o600 });
    await vi.waitFor(() => expect(rig.logLines.join('')).toContain('CREDENTIALS_DAMAGED'), TAKEN_OVER_MS_MAX);
    expect(client.connected).toBe(true);
    await client.endAsync();
  });
});
