// SPDX-License-Identifier: Apache-2.0
/**
 * What a witness remembers: for each log one file, the newest checkpoint it cosigned with its own line under it. The witness is worth as
 * much as this memory: what it has cosigned must be on disk before anybody sees it, and must never go back.
 * Whoever can write here can make the witness refuse, but without the log's key cannot make it remember another tree.
 */
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import type { Files } from '../log/files.ts';
import { openNote, type VerifierKey } from '../log/note.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { WitnessError } from './errors.ts';

/** A checkpoint under the log's signature and the witness's. */
export interface CosignedHead extends Checkpoint {
  readonly note: string;
}

export interface WitnessStoreOptions {
  readonly files: Files;
  /** Key of this witness. */
  readonly witness: VerifierKey;
  readonly crypto: VerifierCrypto;
}

export class WitnessStore {
  readonly #options: WitnessStoreOptions;

  constructor(options: WitnessStoreOptions) {
    this.#options = options;
  }

  /**
   * The head of a log that the witness holds, durable when it is given; undefined if it never cosigned one. Throws
   * WITNESS_STATE_DAMAGED, or what the files throw.
   */
  async load(log: VerifierKey): Promise<CosignedHead | undefined> {
    const { files, witness, crypto } = this.#options;
    const path = this.#path(log.name);
    const bytes = await files.read(path);
    if (!bytes) return undefined;
    // The process before this one may have been killed between rename and fsync: what is told from now on must be durable first.
    await files.sync(path);
    try {
      const note = new TextDecoder().decode(bytes);
      if (!openNote(note, [witness], crypto).signedBy.has(witness)) throw new LedgerError('NOTE_SIGNATURE');
      return { ...openCheckpoint(note, log, crypto), note };
    } catch (cause) {
      if (!(cause instanceof LedgerError)) throw cause;
      throw new WitnessError('WITNESS_STATE_DAMAGED', path, { cause });
    }
  }

  /** Replaces the head of a log; durable when it resolves. */
  async save({ origin, note }: CosignedHead): Promise<void> {
    await this.#options.files.writeAtomic(this.#path(origin), new TextEncoder().encode(note));
  }

  #path(origin: string): string {
    return `head/${originHash(origin, this.#options.crypto)}`;
  }
}

/** How a log is named in paths: SHA-256 of its origin, in hex. */
export function originHash(origin: string, { sha256 }: VerifierCrypto): string {
  return bytesToHex(sha256(new TextEncoder().encode(origin)));
}
