// SPDX-License-Identifier: Apache-2.0
/**
 * Runs the pure contract over a state that must be asked for (Fabric's world state): it runs on what has come so far, notes what it
 * missed, fetches that, and runs again, until nothing is missing. That is a handful of rounds: a key hangs on at most three others.
 */
import type { ReadState } from './state.ts';

export interface RemoteState {
  get(key: string): Promise<Uint8Array | undefined>;
  /** All keys with the prefix, in order. */
  range(prefix: string): Promise<readonly (readonly [key: string, value: Uint8Array])[]>;
}

const MAX_ROUNDS = 16;

/** The result of the last run, which saw everything it asked for. `run` must be pure. */
export async function withFetched<T>(remote: RemoteState, run: (state: ReadState) => T): Promise<T> {
  const values = new Map<string, Uint8Array | undefined>();
  const ranges = new Map<string, readonly (readonly [string, Uint8Array])[]>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const missing = { keys: new Set<string>(), prefixes: new Set<string>() };
    const get = (key: string): Uint8Array | undefined => {
      if (!values.has(key)) missing.keys.add(key);
      return values.get(key);
    };
    const range = (prefix: string): readonly (readonly [string, Uint8Array])[] => {
      if (!ranges.has(prefix)) missing.prefixes.add(prefix);
      return ranges.get(prefix) ?? [];
    };
    const result = run({ get, range });
    if (missing.keys.size + missing.prefixes.size === 0) return result;
    for (const key of missing.keys) values.set(key, await remote.get(key));
    for (const prefix of missing.prefixes) ranges.set(prefix, await remote.range(prefix));
  }
  throw new Error('the contract asks for ever more keys');
}
