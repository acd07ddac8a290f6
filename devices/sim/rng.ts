// SPDX-License-Identifier: Apache-2.0
/** Randomness that can be repeated: a number depends on seed and index only, never on who asked before. Never for secrets. */

/** A number from 0 up to but not including 1. `seed` and `index` are integers up to 2^53. */
export function randomAt(seed: number, index: number): number {
  return mix(mix(mix(fold(seed)) ^ fold(index)) ^ 0x5bd1e995) / 2 ** 32;
}

/** A seed of its own for a named part, so that parts do not move when one is added. */
export function seedOf(seed: number, name: string): number {
  let state = mix(fold(seed));
  for (const byte of new TextEncoder().encode(name)) state = mix(state ^ byte);
  return state;
}

/** 16 hex digits, as a session needs them. */
export function hexAt(seed: number, index: number): string {
  const half = (part: number) => Math.floor(randomAt(seed, 2 * index + part) * 2 ** 32);
  return [0, 1].map((part) => half(part).toString(16).padStart(8, '0')).join('');
}

function fold(integer: number): number {
  return (integer ^ Math.floor(integer / 2 ** 32)) >>> 0;
}

/** A bijection of 32 bits in which every input bit moves about half of the output bits. */
function mix(state: number): number {
  let x = state >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
