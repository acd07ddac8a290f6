// SPDX-License-Identifier: Apache-2.0
/**
 * Repeats of devices that send a time but no sequence: equal device time and equal bytes within ten minutes are one reading,
 * equal time with other bytes is a conflict (formats, "Repeats").
 */
import { createHash } from 'node:crypto';

/** Ward milliseconds within which a repeat is recognised. */
const REPEAT_WINDOW_MS = 600_000;
/** Readings remembered over all devices; the oldest is forgotten first. */
const MAX_RECENT = 16_384;
/** Different readings of one vital and one moment that are remembered. */
const MAX_CONFLICTS = 16;

export class RecentReadings {
  /** Digests by device, vital and time; in order of arrival. */
  readonly #seen = new Map<string, { readonly digests: Set<string>; readonly atMs: number }>();

  see(
    device: string,
    vital: string,
    deviceTimeMs: number,
    raw: Uint8Array,
    nowMs: number,
  ): 'new' | 'repeat' | 'conflict' {
    this.#forget(nowMs);
    const key = `${device}/${vital}/${deviceTimeMs}`;
    const digest = createHash('sha256').update(raw).digest('base64');
    const before = this.#seen.get(key);
    if (before?.digests.has(digest)) return 'repeat';
    if (before) {
      // Beyond so many readings of one moment a repeat may stand twice, flagged as a conflict each time.
      if (before.digests.size < MAX_CONFLICTS) before.digests.add(digest);
      return 'conflict';
    }
    this.#seen.set(key, { digests: new Set([digest]), atMs: nowMs });
    if (this.#seen.size > MAX_RECENT) this.#seen.delete(this.#seen.keys().next().value ?? '');
    return 'new';
  }

  #forget(nowMs: number): void {
    for (const [key, { atMs }] of this.#seen) {
      if (nowMs - atMs <= REPEAT_WINDOW_MS) return;
      this.#seen.delete(key);
    }
  }
}
