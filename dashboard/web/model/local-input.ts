// SPDX-License-Identifier: Apache-2.0
/** Times in an input of type datetime-local: the browser's own zone, to the second. */

export function localInput(atMs: number): string {
  const zoneMs = new Date(atMs).getTimezoneOffset() * 60_000;
  return new Date(atMs - zoneMs).toISOString().slice(0, 19);
}

/** Ms since 1970; NaN for what is no time. */
export function timeOfInput(text: string): number {
  return new Date(text).getTime();
}
