// SPDX-License-Identifier: Apache-2.0
/** The station's credential for the gateway's broker: one file that only its owner can read. */
import { open } from 'node:fs/promises';
import * as z from 'zod';
import { DashboardError } from './errors.ts';

const credentialSchema = z.strictObject({
  gateway: z.string().min(1).max(64),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  operationsPort: z.int().optional(),
  name: z.string().regex(/^[a-z0-9-]{1,32}$/),
  secret: z.string().min(16).max(256),
});
export type StationCredential = z.infer<typeof credentialSchema>;

/** @throws DashboardError CREDENTIAL_MISSING, CREDENTIAL_READABLE, CREDENTIAL_MALFORMED */
export async function readStationCredential(path: string): Promise<StationCredential> {
  await using file = await open(path, 'r').catch((cause) => {
    throw new DashboardError('CREDENTIAL_MISSING', undefined, { cause });
  });
  if (((await file.stat()).mode & 0o077) !== 0) throw new DashboardError('CREDENTIAL_READABLE', 'station credential');
  const parsed = credentialSchema.safeParse(jsonOf(await file.readFile('utf8')));
  if (!parsed.success) throw new DashboardError('CREDENTIAL_MALFORMED');
  return parsed.data;
}

/** undefined, which no schema accepts, when the text is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
