// SPDX-License-Identifier: Apache-2.0
/** What a proof file shows, each part decoded when a step first looks at it. Nothing here is believed: the steps do the checking. */
import { type Checkpoint, parseCheckpoint } from '../log/checkpoint.ts';
import { parseNote, parseVerifierKey, type VerifierKey } from '../log/note.ts';
import type { Header } from '../record/header.ts';
import { decodeLeafZero, type LeafZero } from '../record/leaf-zero.ts';
import { decodeReading, type RecordReading } from '../record/reading-codec.ts';
import { headerOf } from './checks.ts';
import type { ShownCorrection } from './correction.ts';
import type { VerifierCrypto } from './crypto.ts';
import { type ProofExtra, type ProofFile, parseProofFile } from './proof-file.ts';
import { SaidCorrections } from './said-corrections.ts';

export class Evidence {
  readonly #text: string;
  readonly #vkey: string;
  readonly #decoded = new Map<string, unknown>();
  readonly crypto: VerifierCrypto;

  constructor(text: string, vkey: string, crypto: VerifierCrypto) {
    this.#text = text;
    this.#vkey = vkey;
    this.crypto = crypto;
  }

  /** The log's key as the verifier knows it: the only thing that is trusted. */
  get logKey(): VerifierKey {
    return this.#once('logKey', () => parseVerifierKey(this.#vkey, this.crypto.sha256));
  }

  get file(): ProofFile {
    return this.#once('file', () => parseProofFile(this.#text));
  }

  get extra(): ProofExtra {
    return this.file.extra;
  }

  get checkpoint(): Checkpoint {
    return this.#once('checkpoint', () => parseCheckpoint(parseNote(this.file.checkpoint).text));
  }

  get header(): Header {
    return this.#once('header', () => headerOf(this.extra.signedPart));
  }

  get leafZero(): LeafZero {
    return this.#once('leafZero', () => decodeLeafZero(this.extra.leafZero.bytes));
  }

  get reading(): RecordReading {
    return this.#once('reading', () => decodeReading(this.extra.reading.bytes));
  }

  /** Throws PROOF_CORRECTION_REFUSED. */
  get corrections(): readonly ShownCorrection[] {
    return this.#once('corrections', () => {
      const said = new SaidCorrections(this.crypto, this.extra.gatewayKey);
      for (const one of this.extra.corrections) said.take(one);
      return said.shown;
    });
  }

  #once<T>(name: string, decode: () => T): T {
    if (!this.#decoded.has(name)) this.#decoded.set(name, decode());
    return this.#decoded.get(name) as T;
  }
}
