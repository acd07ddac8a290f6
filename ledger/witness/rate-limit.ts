// SPDX-License-Identifier: Apache-2.0
/** How often one address may ask: a bucket of tokens for each. */

const TOKENS_PER_SECOND = 20;
const MAX_TOKENS = 60;
/** The address that has asked least recently is forgotten, which at worst gives it a full bucket. */
const MAX_ADDRESSES = 1024;

export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  /** Takes a token of this address; false if it has none. `nowMs` is monotonic. */
  take(address: string, nowMs: number): boolean {
    const old = this.#buckets.get(address) ?? { tokens: MAX_TOKENS, atMs: nowMs };
    const tokens = Math.min(MAX_TOKENS, old.tokens + ((nowMs - old.atMs) / 1000) * TOKENS_PER_SECOND);
    // Put last again: the map keeps the order in which addresses were heard.
    this.#buckets.delete(address);
    this.#buckets.set(address, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    if (this.#buckets.size > MAX_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value!);
    return tokens >= 1;
  }
}
