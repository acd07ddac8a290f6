// SPDX-License-Identifier: Apache-2.0
/** A limit on failed tries per key (account, address) in a window of time, in bounded memory. */

export interface AttemptLimitOptions {
  readonly attemptsMax: number;
  readonly windowMs: number;
  /** Keys remembered at once; the oldest window is forgotten first. */
  readonly keysMax: number;
}

export class AttemptLimit {
  readonly #options: AttemptLimitOptions;
  /** In order of the windows' begin, so the first key is always the oldest. */
  readonly #windows = new Map<string, { readonly sinceMs: number; attempts: number }>();
  /** Windows forgotten before their time because memory was full. */
  evicted = 0;

  constructor(options: AttemptLimitOptions) {
    this.#options = options;
  }

  /** Takes one try; false when none is left in this window. A try is taken before the check, so that parallel tries count. */
  take(key: string, nowMs: number): boolean {
    this.#makeRoom(key, nowMs);
    const window = this.#windows.get(key) ?? { sinceMs: nowMs, attempts: 0 };
    if (window.attempts >= this.#options.attemptsMax) return false;
    window.attempts += 1;
    this.#windows.set(key, window);
    return true;
  }

  /** Gives a try back: it succeeded, and a person who signs in 40 times a shift must not be locked out. */
  giveBack(key: string): void {
    const window = this.#windows.get(key);
    if (window !== undefined) window.attempts -= 1;
  }

  get size(): number {
    return this.#windows.size;
  }

  #makeRoom(key: string, nowMs: number): void {
    for (const [oldest, window] of this.#windows) {
      const over = nowMs - window.sinceMs >= this.#options.windowMs;
      const full = this.#windows.size >= this.#options.keysMax && !this.#windows.has(key);
      if (!over && !full) return;
      if (!over) this.evicted += 1;
      this.#windows.delete(oldest);
    }
  }
}
