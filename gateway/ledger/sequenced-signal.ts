// SPDX-License-Identifier: Apache-2.0
/** Tells who waits for it that an entry of the outbox stands in the log. */
import { GatewayError } from '../errors.ts';
import type { Timers } from '../timers.ts';

/** A person waits: longer than this, the log is in trouble and the answer is COMMAND_WAITS. Real milliseconds. */
const SEQUENCED_MS_MAX = 10_000;

interface Waiting {
  readonly outbox: number;
  readonly resolve: () => void;
}

export class SequencedSignal {
  readonly #timers: Timers;
  #upTo = 0;
  #waiting: readonly Waiting[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** All entries up to this outbox number are sequenced. */
  reached(upTo: number): void {
    // An empty log says -1: there is nothing to wait for either.
    this.#upTo = Math.max(this.#upTo, upTo);
    const done = this.#waiting.filter(({ outbox }) => outbox <= upTo);
    this.#waiting = this.#waiting.filter(({ outbox }) => outbox > upTo);
    for (const { resolve } of done) resolve();
  }

  /** Resolves when the entry is sequenced. Rejects with COMMAND_WAITS when that takes too long: it may still be. */
  async until(outbox: number): Promise<void> {
    if (outbox <= this.#upTo) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { outbox, resolve };
    this.#waiting = [...this.#waiting, waiting];
    const cancel = this.#timers.after(SEQUENCED_MS_MAX, () => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      reject(new GatewayError('COMMAND_WAITS'));
    });
    await promise.finally(cancel);
  }
}
