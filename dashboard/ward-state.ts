// SPDX-License-Identifier: Apache-2.0
/** What the station knows of the ward: newest ward message, newest values, ward time. Fed by the gateway link, read by the boards. */
import type { LiveMessage, LiveReading, WardMessage } from '../gateway/messages.ts';
import type { Beat } from './feed/feed-message.ts';
import { NewestValues } from './feed/newest-values.ts';
import { WardClock } from './feed/ward-clock.ts';

/** The gateway speaks every 5 s at least; after two missed times it is gone, whatever the socket says. */
export const GATEWAY_SILENT_MS_MAX = 11_000;

export type WardChange =
  | { readonly type: 'snapshot' }
  | { readonly type: 'ward' }
  | { readonly type: 'live'; readonly readings: readonly LiveReading[] };

export class WardState {
  readonly #values = new NewestValues();
  readonly #clock = new WardClock();
  readonly #listeners = new Set<(change: WardChange) => void>();
  #ward: WardMessage | null = null;
  #heardMs = Number.NEGATIVE_INFINITY;
  #connected = false;

  get ward(): WardMessage | null {
    return this.#ward;
  }

  readings(): LiveReading[] {
    return this.#values.all();
  }

  /** Values not kept because there were too many. */
  get dropped(): number {
    return this.#values.dropped;
  }

  beat(monotonicMs: number): Beat {
    const heard = monotonicMs - this.#heardMs < GATEWAY_SILENT_MS_MAX;
    return {
      wardMs: this.#clock.at(monotonicMs),
      rate: this.#clock.rate,
      gateway: this.#connected && heard ? 'up' : 'down',
    };
  }

  /** Calls `listener` at every change until the returned function is called. */
  listen(listener: (change: WardChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setConnected(connected: boolean): void {
    this.#connected = connected;
  }

  /** After a pause nothing is merged by guess: the snapshot replaces everything. */
  takeSnapshot(ward: WardMessage, live: LiveMessage, monotonicMs: number): void {
    this.#clock.reset();
    this.#clock.hear(ward.sentMs, ward.rate, monotonicMs);
    this.#heardMs = monotonicMs;
    this.#ward = ward;
    this.#values.clear();
    this.#values.merge(live.readings);
    this.#tell({ type: 'snapshot' });
  }

  takeWard(ward: WardMessage, monotonicMs: number): void {
    this.#clock.hear(ward.sentMs, ward.rate, monotonicMs);
    this.#heardMs = monotonicMs;
    this.#ward = ward;
    this.#values.keepOnly(ward);
    this.#tell({ type: 'ward' });
  }

  takeLive(live: LiveMessage, monotonicMs: number): void {
    this.#heardMs = monotonicMs;
    this.#values.merge(live.readings);
    this.#tell({ type: 'live', readings: live.readings });
  }

  #tell(change: WardChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
