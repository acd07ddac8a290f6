// SPDX-License-Identifier: Apache-2.0
/**
 * The sealed side store: the details behind the ledger's commitments, each under its commitment. It is what may be erased; the ledger
 * may not. Trust: whoever holds the records without the key learns their number and sizes, and can at most withhold or destroy them.
 */
import type { KeyObject } from 'node:crypto';
import { concatBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import { sha256 } from '../crypto/sha256.ts';
import { XAES_NONCE_BYTES, xaesOpen, xaesSeal } from '../crypto/xaes.ts';
import { commitTo, type Details, openDetails } from './details.ts';
import { ContractError } from './errors.ts';

/** Where the sealed records lie: a table of the gateway, a private collection of Fabric. When `put` resolves, the record is durable. */
export interface SealedRecords {
  put(commitment: string, sealed: Uint8Array): Promise<void>;
  get(commitment: string): Promise<Uint8Array | undefined>;
  delete(commitment: string): Promise<void>;
}

export interface SideStoreOptions {
  readonly records: SealedRecords;
  /** XAES-256-GCM. */
  readonly key: KeyObject;
  readonly random: (length: number) => Uint8Array;
}

const SALT_BYTES = 16;

export class SideStore {
  readonly #options: SideStoreOptions;

  constructor(options: SideStoreOptions) {
    this.#options = options;
  }

  /** Seals and keeps the details; gives the commitment (32 bytes) that a command may carry once this resolves. */
  async put(details: Details): Promise<Uint8Array> {
    const { key, random, records } = this.#options;
    const { opening, commitment } = commitTo(details, random(SALT_BYTES), sha256);
    const nonce = random(XAES_NONCE_BYTES);
    // The commitment is bound in: a record put back under another one does not open.
    await records.put(bytesToHex(commitment), concatBytes(nonce, xaesSeal(key, nonce, opening, commitment)));
    return commitment;
  }

  /** The details behind a commitment of the ledger. Rejects with SIDE_RECORD_MISSING, SEAL_BROKEN or SIDE_RECORD_DIFFERS. */
  async open(commitment: Uint8Array): Promise<Details> {
    return openDetails(await this.opening(commitment), commitment, sha256);
  }

  /** The bytes that show somebody else, with the salt, what the ledger committed to. Rejects as `open` does. */
  async opening(commitment: Uint8Array): Promise<Uint8Array> {
    const sealed = await this.#options.records.get(bytesToHex(commitment));
    if (!sealed) throw new ContractError('SIDE_RECORD_MISSING');
    const nonce = sealed.subarray(0, XAES_NONCE_BYTES);
    return xaesOpen(this.#options.key, nonce, sealed.subarray(XAES_NONCE_BYTES), commitment);
  }

  /** Forgets the details. What the ledger keeps is then a hash that nobody can test a guess against. */
  async erase(commitment: Uint8Array): Promise<void> {
    await this.#options.records.delete(bytesToHex(commitment));
  }
}
