// SPDX-License-Identifier: Apache-2.0
/** Times in an input of type datetime-local: the browser's own zone, to the second. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export function localInput(atMs: number): string {
  return new Date(atMs - zoneMsAt(atMs)).toISOString().slice(0, 19);
}

/**
 * Ms since 1970; NaN for what is no time. Of an hour that comes twice, because clocks are set back, the one is meant that lies in the
 * same zone as `nearMs`: a browser alone would always take the first.
 */
export function timeOfInput(text: string, nearMs: number): number {
  const inZone = Date.parse(`${text}Z`) + zoneMsAt(nearMs);
  const isThere = !Number.isNaN(inZone) && localInput(inZone).startsWith(text);
  return isThere ? inZone : new Date(text).getTime();
}

/** Whether the local time of this moment is also that of another, an hour before or after it. */
export function comesTwice(atMs: number): boolean {
  return [-HOUR_MS, HOUR_MS].some((apartMs) => localInput(atMs + apartMs) === localInput(atMs));
}

function zoneMsAt(atMs: number): number {
  return new Date(atMs).getTimezoneOffset() * MINUTE_MS;
}
