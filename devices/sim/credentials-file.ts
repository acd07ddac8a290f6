// SPDX-License-Identifier: Apache-2.0
/** Which devices to play, and the secrets they sign in with: the file that the demo writes for the simulator. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { DeviceError } from '../errors.ts';

/** A handle becomes a level of an MQTT topic. */
const handle = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const intervalMs = z.int().min(10).max(86_400_000);
const schema = z.object({
  devices: z
    .array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('senml'), handle, intervalMs, secret: z.string().min(1).max(256) }),
        z.object({ kind: z.literal('nonin-df2'), handle, intervalMs, port: z.int().min(0).max(65_535) }),
      ]),
    )
    .min(1)
    .max(256),
});

export type DeviceCredential = z.infer<typeof schema>['devices'][number];

/** Reads the file. Throws DeviceError SIMULATE_CREDENTIALS; its text holds no secret. */
export async function readCredentials(path: string): Promise<DeviceCredential[]> {
  try {
    const { devices } = schema.parse(JSON.parse(await readFile(path, 'utf8')));
    if (new Set(devices.map((device) => device.handle)).size === devices.length) return devices;
  } catch (cause) {
    throw new DeviceError('SIMULATE_CREDENTIALS', undefined, { cause });
  }
  throw new DeviceError('SIMULATE_CREDENTIALS', 'a handle stands twice');
}
