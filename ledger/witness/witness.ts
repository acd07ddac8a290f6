// SPDX-License-Identifier: Apache-2.0
/**
 * A witness (C2SP tlog-witness v1.0.0), without its network: it cosigns a checkpoint only if that extends the last one it cosigned for the
 * log, and remembers it before it answers.
 */
import { equalBytes } from '../codec/bytes.ts';
import { extendsByProof } from '../contract/anchors.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import { cosignatureLine, linesOf, type NoteSigner, parseNote, type VerifierKey } from '../log/note.ts';
import { emptyRoot } from '../merkle/hash.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { WitnessError } from './errors.ts';
import { parseAddCheckpoint } from './request.ts';
import type { CosignedHead, WitnessStore } from './witness-store.ts';

/** 200 with the line, 409 with the size that is held, or a refusal; 503 if the witness has too much to do or has stopped. */
export type WitnessAnswer =
  | { readonly status: 200; readonly line: string }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 400 | 403 | 404 | 422 | 503 };

export interface WitnessOptions {
  /** With a key of type 0x04. */
  readonly signer: NoteSigner;
  readonly logs: readonly VerifierKey[];
  readonly store: WitnessStore;
  readonly crypto: VerifierCrypto;
  /** Seconds since 1970. */
  readonly nowS: () => number;
  /** The store failed or is damaged: the witness has stopped and the process must end. */
  readonly onFatal: (error: WitnessError) => void;
  /** Handed in, so that a test can leave it out and see a fork get through. */
  readonly isExtension?: typeof extendsByProof;
}

type ParsedRequest = ReturnType<typeof parseAddCheckpoint>;

/** Requests for one log that wait for the one before them. */
const MAX_WAITING_REQUESTS = 64;

/** Opens what the witness remembers of each log. Throws WITNESS_STATE_DAMAGED. */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
  const heads = new Map<string, CosignedHead>();
  for (const log of options.logs) {
    const head = await options.store.load(log);
    if (head) heads.set(log.name, head);
  }
  return new Witness(options, heads);
}

export class Witness {
  readonly #options: WitnessOptions;
  readonly #heads: Map<string, CosignedHead>;
  /** The end of the last request for each log, and how many have not ended. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, number>();
  readonly #counters = { cosigned: 0, stale: 0, refused: 0, refusedBusy: 0 };
  #failure: WitnessError | undefined;

  constructor(options: WitnessOptions, heads: Map<string, CosignedHead>) {
    this.#options = options;
    this.#heads = heads;
  }

  get key(): VerifierKey {
    return this.#options.signer.key;
  }

  get logs(): readonly VerifierKey[] {
    return this.#options.logs;
  }

  /** The newest checkpoint that this witness cosigned for a log. */
  head(origin: string): CosignedHead | undefined {
    return this.#heads.get(origin);
  }

  /** Named counters, for whoever watches the witness. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters };
  }

  /** Answers a body of add-checkpoint, in the order in which the specification asks; a body from anybody gives an answer. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const answer = await this.#answer(body);
    if (answer.status === 200) this.#counters.cosigned += 1;
    else if (answer.status === 409) this.#counters.stale += 1;
    else if (answer.status === 503) this.#counters.refusedBusy += 1;
    else this.#counters.refused += 1;
    return answer;
  }

  async #answer(body: Uint8Array): Promise<WitnessAnswer> {
    try {
      const request = parseAddCheckpoint(body);
      const log = this.logs.find(({ name }) => name === request.checkpoint.origin);
      if (!log) return { status: 404 };
      openCheckpoint(request.note, log, this.#options.crypto);
      return await this.#inTurn(log.name, () => this.#checkAndStore(log, request));
    } catch (error) {
      if (error instanceof LedgerError) return { status: 403 };
      if (error instanceof WitnessError) return { status: error.code === 'WITNESS_REQUEST_MALFORMED' ? 400 : 503 };
      throw error;
    }
  }

  async #checkAndStore(log: VerifierKey, request: ParsedRequest): Promise<WitnessAnswer> {
    const { oldSize, proof, note, checkpoint } = request;
    if (this.#failure) throw this.#failure;
    const { crypto, signer, nowS, isExtension = extendsByProof } = this.#options;
    const held = this.#heads.get(checkpoint.origin) ?? nothing(checkpoint.origin, crypto);
    if (oldSize !== held.size) return { status: 409, size: held.size };
    if (checkpoint.size === held.size && !equalBytes(checkpoint.root, held.root)) return { status: 422 };
    const claim = { from: held.size, to: checkpoint.size, fromRoot: held.root, toRoot: checkpoint.root, proof };
    if (!isExtension(claim, crypto)) return { status: 422 };
    const { text } = parseNote(note);
    const line = cosignatureLine(text, signer, nowS());
    // One line of the log, or it could make the head too long to be read again.
    const head = { ...checkpoint, note: `${text}\n${linesOf(note, log)[0]}${line}` };
    if (checkpoint.size > held.size || !this.#heads.has(checkpoint.origin)) await this.#save(head);
    // COMMIT POINT. The head is durable; only now may the cosignature leave. A crash from here on answers the next request with 409 and
    // this size, and the log comes again with a proof from there.
    this.#heads.set(checkpoint.origin, head);
    return { status: 200, line };
  }
  async #save(head: CosignedHead): Promise<void> {
    try {
      await this.#options.store.save(head);
    } catch (cause) {
      // What is on disk is not known, so nothing may be said any more: the next start finds out.
      this.#failure = new WitnessError('WITNESS_WRITE_FAILED', undefined, { cause });
      this.#options.onFatal(this.#failure);
      throw this.#failure;
    }
  }

  /** One request for a log after the other: what one has checked still holds when it stores. */
  async #inTurn(origin: string, task: () => Promise<WitnessAnswer>): Promise<WitnessAnswer> {
    const waiting = this.#waiting.get(origin) ?? 0;
    if (waiting >= MAX_WAITING_REQUESTS) return { status: 503 };
    this.#waiting.set(origin, waiting + 1);
    const turn = (this.#last.get(origin) ?? Promise.resolve()).then(task);
    // The next one has its turn however this one ends; how it ended is its own caller's.
    const ended = () => this.#waiting.set(origin, this.#waiting.get(origin)! - 1);
    this.#last.set(origin, turn.then(ended, ended));
    return turn;
  }
}

function nothing(origin: string, { sha256 }: VerifierCrypto): Checkpoint {
  return { origin, size: 0, root: emptyRoot(sha256) };
}
