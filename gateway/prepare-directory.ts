// SPDX-License-Identifier: Apache-2.0
/** What a first start outside the demo needs: a data directory and its two key stores, sealed under the passphrase. */
import { type Io, readPassphrase } from './command.ts';
import { openDataDirectory } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { createKeyStore } from './key-store.ts';

/** Makes what a first start needs. Throws GatewayError KEY_STORE_NO_PASSPHRASE when keys must be made without one. */
export async function prepareDirectory(directory: string, io: Io): Promise<void> {
  const passphrase = await readPassphrase(io.env);
  await using data = await openDataDirectory(directory);
  const stores = [
    ['gateway', data.paths.gatewayKeys],
    ['station', data.paths.stationKeys],
  ] as const;
  for (const [role, path] of stores) {
    try {
      await createKeyStore(path, role, { passphrase });
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'KEY_STORE_EXISTS') throw error;
    }
  }
}
