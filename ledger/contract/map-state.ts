// SPDX-License-Identifier: Apache-2.0
/** The state in memory: the index of the embedded ledger. */
import type { ReadState, Write } from './state.ts';

export class MapState implements ReadState {
  readonly #values = new Map<string, Uint8Array>();

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** In the order of keys. It looks at every key: lists are read by people, not on the data path. */
  range(prefix: string): (readonly [string, Uint8Array])[] {
    const found = [...this.#values].filter(([key]) => key.startsWith(prefix));
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  write(writes: readonly Write[]): void {
    for (const { key, value } of writes) this.#values.set(key, value);
  }
}
