// SPDX-License-Identifier: Apache-2.0
/** What this screen knows of now: ward time, and whether the way to the values is whole. */
import { type Beat, FEED_SILENT_MS_MAX } from '../../feed/feed-message.ts';
import { WardClock } from '../../feed/ward-clock.ts';

export interface Moment {
  /** Ward time in ms since 1970; null before anything was heard. */
  readonly wardMs: number | null;
  /** The station was heard within FEED_SILENT_MS_MAX. */
  readonly station: boolean;
  /** The station hears the gateway. */
  readonly gateway: boolean;
}

/** Two clocks of this screen in milliseconds: one that never steps but may stand still while the machine sleeps, and the wall clock. */
export interface ScreenTime {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export class MomentKeeper {
  readonly #clock = new WardClock();
  #heard: ScreenTime | null = null;
  #gateway = false;

  /** Something came from the station. */
  hear(at: ScreenTime, beat?: Beat): void {
    this.#heard = at;
    if (beat === undefined) return;
    this.#gateway = beat.gateway === 'up';
    if (beat.wardMs !== null) this.#clock.hear(beat.wardMs, beat.rate, at.monotonicMs);
  }

  at(now: ScreenTime): Moment {
    if (this.#heard === null) return { wardMs: null, station: false, gateway: false };
    // The larger of the two: after a sleep old values must not look alive for even a moment.
    const silentMs = Math.max(now.monotonicMs - this.#heard.monotonicMs, now.wallMs - this.#heard.wallMs);
    const wardMs = this.#clock.at(this.#heard.monotonicMs + silentMs);
    return { wardMs, station: silentMs < FEED_SILENT_MS_MAX, gateway: this.#gateway };
  }

  /** Wall time at which the station was last heard. */
  get heardWallMs(): number | null {
    return this.#heard?.wallMs ?? null;
  }
}
