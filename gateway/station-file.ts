// SPDX-License-Identifier: Apache-2.0
/** The file by which a station on this machine finds and signs in to the gateway. The gateway writes it at every start. */
import * as z from 'zod';
import type { Credentials } from './intake/credentials.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const stationFileSchema = z.strictObject({
  gateway: z.string(),
  host: z.string(),
  port: z.number().int(),
  /** Of /healthz and /metrics; files of older gateways lack it. */
  operationsPort: z.number().int().optional(),
  name: z.string(),
  secret: z.string(),
});
export type StationFile = z.infer<typeof stationFileSchema>;

/** Reads the file; undefined when there is none or it is not one. Throws GatewayError PRIVATE_FILE_*. */
export async function readStationFile(path: string): Promise<StationFile | undefined> {
  const bytes = await readPrivateFile(path);
  if (bytes === undefined) return undefined;
  try {
    return stationFileSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    // The gateway writes a new one at its next start.
    return undefined;
  }
}

/** Writes the file with the broker's present address. The secret is kept while it is valid, so that a running station stays signed in. */
export async function writeStationFile(
  path: string,
  credentials: Credentials,
  address: Omit<StationFile, 'secret'>,
): Promise<void> {
  const { name } = address;
  const held = await readStationFile(path);
  const valid = held !== undefined && credentials.verify(name, Buffer.from(held.secret))?.kind === 'station';
  const known = credentials.stations().includes(name);
  const secret = valid ? held.secret : known ? await credentials.rotate(name) : await credentials.addStation(name);
  await writePrivateFile(path, `${JSON.stringify({ ...address, secret })}\n`);
}
