// SPDX-License-Identifier: Apache-2.0
/** The pause of a loop between two looks at its work: it ends with its time, when there is something new, or when somebody is in a hurry. */

export interface Timers {
  /** Runs once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export class Pause {
  readonly #timers: Timers;
  #end: (() => void) | undefined;
  #hurried = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Infinity: until somebody says so. */
  async wait(delayMs: number): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#end = ended.resolve;
    const cancel = Number.isFinite(delayMs) ? this.#timers.after(delayMs, ended.resolve) : undefined;
    await ended.promise;
    cancel?.();
    this.#end = undefined;
  }

  /** There may be something new: whoever waits looks again. */
  wake(): void {
    this.#end?.();
  }

  /** The next look is at once, and does not heed times that are set for later. */
  hurry(): void {
    this.#hurried = true;
    this.#end?.();
  }

  /** Whether somebody was in a hurry; asking takes it back. */
  takeHurry(): boolean {
    const hurried = this.#hurried;
    this.#hurried = false;
    return hurried;
  }
}
