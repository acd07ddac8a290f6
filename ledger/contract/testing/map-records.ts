// SPDX-License-Identifier: Apache-2.0
/** Sealed records in a map. */
import type { SealedRecords } from '../side-store.ts';

export class MapRecords implements SealedRecords {
  readonly held = new Map<string, Uint8Array>();

  async put(commitment: string, sealed: Uint8Array): Promise<void> {
    this.held.set(commitment, sealed);
  }
  async get(commitment: string): Promise<Uint8Array | undefined> {
    return this.held.get(commitment);
  }
  async delete(commitment: string): Promise<void> {
    this.held.delete(commitment);
  }
}
