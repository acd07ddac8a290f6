// SPDX-License-Identifier: Apache-2.0
/** One witness as our log sees it (C2SP tlog-witness, the client's side). Its answers are believed only where a signature stands under them. */
import type { AnchorSource, SignedHead } from '../anchor/anchor-home.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint, parseDecimal } from '../log/checkpoint.ts';
import { linesOf, openNote, parseNote, type VerifierKey } from '../log/note.ts';
import { verifyConsistency } from '../merkle/verify.ts';
import { boundedFetch, type Http } from './bounded-fetch.ts';
import type { PolicyWitness } from './policy.ts';
import { encodeAddCheckpoint } from './request.ts';
import { originHash } from './witness-store.ts';

export type Outcome =
  /** The line holds under the witness's key. */
  | { readonly kind: 'cosigned'; readonly line: string }
  | { readonly kind: 'missing'; readonly why: 'unreachable' | 'refused' | 'bad-cosignature' }
  /**
   * The witness says that it holds another log than ours. `proved` if it shows a checkpoint under our own key that ours does not extend:
   * that, nobody but our key can have made.
   */
  | { readonly kind: 'contradicts'; readonly how: 'rolled-back' | 'forked'; readonly proved: boolean };

export interface ClientOptions {
  readonly witness: PolicyWitness;
  /** Submission prefix, and monitoring prefix. */
  readonly url: string;
  /** Our log's key. */
  readonly log: VerifierKey;
  readonly source: AnchorSource;
  readonly http: Http;
}

const WITNESS_DEADLINE_MS = 1_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** An answer 409 names the size that the witness holds; a second one is no answer. */
const MAX_TRIES = 2;

type Answer =
  | { readonly kind: 'cosigned'; readonly line: string }
  | { readonly kind: 'holds'; readonly size: number }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable' | 'bad-cosignature' };

export class WitnessClient {
  readonly #options: ClientOptions;
  /** Size that the witness holds, as far as we know; it tells if it is another. */
  #holds = 0;
  /** One request at a time, so that an old head can never come after a new one and look like a rollback. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get witness(): PolicyWitness {
    return this.#options.witness;
  }

  /** Shows the head, newer than all before. Rejects only with what the log's own proofs throw. */
  cosign(head: SignedHead, signal: AbortSignal): Promise<Outcome> {
    const outcome = this.#turn.then(() => this.#cosign(head, signal));
    this.#turn = outcome.then(
      () => undefined,
      () => undefined,
    );
    return outcome;
  }

  async #cosign(head: SignedHead, signal: AbortSignal): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#ask(head, signal);
      if (answer.kind === 'cosigned') {
        this.#holds = head.size;
        return answer;
      }
      if (answer.kind === 'holds' && answer.size > head.size) return this.#contradiction('rolled-back', head, signal);
      if (answer.kind === 'refused' && answer.status === 422) return this.#contradiction('forked', head, signal);
      if (answer.kind === 'holds' && tries < MAX_TRIES) {
        this.#holds = answer.size;
        continue;
      }
      return { kind: 'missing', why: answer.kind === 'holds' ? 'refused' : answer.kind };
    }
  }

  async #ask(head: SignedHead, signal: AbortSignal): Promise<Answer> {
    const { source, http } = this.#options;
    const oldSize = Math.min(this.#holds, head.size);
    const proof = oldSize === 0 ? [] : await source.consistencyProof(oldSize, head.size);
    const body = encodeAddCheckpoint({ oldSize, proof, note: head.note });
    const bounds = { maxBytes: MAX_ANSWER_BYTES, deadlineMs: WITNESS_DEADLINE_MS, signal };
    const answer = await boundedFetch(http, { url: this.#at('add-checkpoint'), body, ...bounds });
    if (!answer) return { kind: 'unreachable' };
    const text = new TextDecoder().decode(answer.bytes);
    const size = answer.status === 409 ? parseDecimal(text.replace(/\n$/, '')) : undefined;
    if (size !== undefined) return { kind: 'holds', size };
    if (answer.status >= 500 || answer.status === 429) return { kind: 'unreachable' };
    return answer.status === 200 ? this.#openLine(head, text) : { kind: 'refused', status: answer.status };
  }

  /** The witness's own line out of the answer, if it holds for our checkpoint. One: with many it could make the note too long to be read. */
  #openLine(head: SignedHead, lines: string): Answer {
    const { key } = this.witness;
    try {
      const note = `${parseNote(head.note).text}\n${lines}`;
      openNote(note, [key], nodeCrypto);
      return { kind: 'cosigned', line: linesOf(note, key)[0]! };
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return { kind: 'bad-cosignature' };
    }
  }

  async #contradiction(how: 'rolled-back' | 'forked', head: SignedHead, signal: AbortSignal): Promise<Outcome> {
    const held = await this.#heldCheckpoint(signal);
    if (!held || held.size === 0) return { kind: 'contradicts', how, proved: false };
    if (held.size > head.size) return { kind: 'contradicts', how: 'rolled-back', proved: true };
    const { root } = openCheckpoint(head.note, this.#options.log, nodeCrypto);
    const proof = await this.#options.source.consistencyProof(held.size, head.size);
    const claim = { from: held.size, to: head.size, fromRoot: held.root, toRoot: root, proof };
    const isOurs = verifyConsistency(nodeCrypto.sha256, claim);
    return isOurs ? { kind: 'contradicts', how, proved: false } : { kind: 'contradicts', how: 'forked', proved: true };
  }

  /** What the witness shows as held, if it stands under our log's key. Asked for twice: without it a box that was put back would start. */
  async #heldCheckpoint(signal: AbortSignal): Promise<Checkpoint | undefined> {
    const { log, http } = this.#options;
    const url = this.#at(`${originHash(log.name, nodeCrypto)}/checkpoint`);
    const bounds = { maxBytes: MAX_ANSWER_BYTES, deadlineMs: WITNESS_DEADLINE_MS, signal };
    const ask = () => boundedFetch(http, { url, ...bounds });
    const answer = (await ask()) ?? (await ask());
    if (answer?.status !== 200) return undefined;
    try {
      return openCheckpoint(new TextDecoder().decode(answer.bytes), log, nodeCrypto);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return undefined;
    }
  }

  #at(path: string): string {
    return `${this.#options.url.replace(/\/+$/, '')}/${path}`;
  }
}
