// SPDX-License-Identifier: Apache-2.0
/** Named counters: whatever is dropped, refused or cut off is counted under a name, never lost silently. */

export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}
