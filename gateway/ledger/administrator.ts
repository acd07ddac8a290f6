// SPDX-License-Identifier: Apache-2.0
/**
 * The administrator of the organisation in the ledger. The key is not the gateway's: who takes the gateway must not be able to undo its
 * suspension. It signs when the organisation is founded and a gateway registered; between those its file may lie in a safe.
 */

import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { ed25519PublicKey } from '../../ledger/index.ts';
import type { DataPaths } from '../data-directory.ts';
import { readIdentity } from '../identity.ts';
import { createKeyStore, type KeyStoreOptions, openKeyStore } from '../key-store.ts';

export interface Administrator {
  /** Ed25519, 32 bytes: who may found the organisation. */
  readonly publicKey: Uint8Array;
  /** Opens the key store for one use. Rejects with the key store's codes: KEY_STORE_MISSING if it lies elsewhere. */
  privateKey(): Promise<KeyObject>;
}

/** Known from an earlier start, else from the organisation's key store, which is made at the first. Throws the key store's codes. */
export async function openAdministrator(paths: DataPaths, options: KeyStoreOptions): Promise<Administrator> {
  const open = async () => (await openKeyStore(paths.organisationKeys, 'organisation', options)).administrator;
  const privateKey = async () => (await open()).privateKey;
  const known = existsSync(paths.identity) ? (await readIdentity(paths.identity)).administrator : undefined;
  if (known) return { publicKey: known, privateKey };
  if (!existsSync(paths.organisationKeys)) await createKeyStore(paths.organisationKeys, 'organisation', options);
  return { publicKey: ed25519PublicKey((await open()).publicKey), privateKey };
}
