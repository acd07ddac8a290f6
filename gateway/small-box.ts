// SPDX-License-Identifier: Apache-2.0
/** How Node runs the gateway on a box with little memory, such as a Raspberry Pi by the bed: measured by `npm run bench bundle`. */

/** Below this a box is small: a Pi of 4 GB says a little less than it has. */
const SMALL_BYTES = 4 * 2 ** 30;

export interface NodeSettings {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A nursery that does not grow to what only a flood of readings needs, a heap that is collected before it is large (it holds 25 MB), one
 * helper thread of V8's; and one arena of the C library, which gives back what is free.
 */
export const SMALL_BOX: NodeSettings = {
  flags: ['--max-semi-space-size=2', '--max-old-space-size=128', '--v8-pool-size=1'],
  env: { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' },
};
const LARGE_BOX: NodeSettings = { flags: [], env: {} };

/** `memoryBytes`: of the whole machine. */
export function nodeSettings(memoryBytes: number): NodeSettings {
  return memoryBytes < SMALL_BYTES ? SMALL_BOX : LARGE_BOX;
}
