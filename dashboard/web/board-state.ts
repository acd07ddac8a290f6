// SPDX-License-Identifier: Apache-2.0
/** The board's state as signals: the ward, this moment, and the values of each place, so that a tile is drawn only when it changes. */
import { batch, type Signal, signal } from '@preact/signals';
import type { LiveReading, WardMessage } from '../../gateway/messages.ts';
import type { FeedMessage } from '../feed/feed-message.ts';
import { NewestValues } from '../feed/newest-values.ts';
import { type Moment, MomentKeeper, type ScreenTime } from './model/moment.ts';
import { tilesOf } from './model/tiles.ts';

export class BoardState {
  readonly ward = signal<WardMessage | null>(null);
  readonly moment: Signal<Moment>;
  /** Wall time since which the station, or the gateway behind it, has not been heard; null while it is heard. */
  readonly stationLostMs = signal<number | null>(null);
  readonly gatewayLostMs = signal<number | null>(null);
  readonly #keeper = new MomentKeeper();
  readonly #values = new NewestValues();
  readonly #places = new Map<string, Signal<readonly LiveReading[]>>();

  constructor(now: ScreenTime) {
    this.moment = signal(this.#keeper.at(now));
  }

  /** The values of a place, as a signal: stays the same object until the place is gone from the ward. */
  valuesAt(place: string): Signal<readonly LiveReading[]> {
    const held = this.#places.get(place) ?? signal<readonly LiveReading[]>(this.#values.at(place));
    this.#places.set(place, held);
    return held;
  }

  take(message: FeedMessage, now: ScreenTime): void {
    batch(() => {
      this.#keeper.hear(now, 'wardMs' in message ? message : undefined);
      if (message.type === 'snapshot') this.#takeSnapshot(message);
      else if (message.type === 'ward') this.#takeWard(message.ward);
      else if (message.type === 'live') for (const place of this.#values.merge(message.readings)) this.#show(place);
      this.tick(now);
    });
  }

  /** Time has passed. Values become old by this alone. */
  tick(now: ScreenTime): void {
    const moment = this.#keeper.at(now);
    const was = this.moment.value;
    const wholeSecond = Math.floor((moment.wardMs ?? 0) / 1000) !== Math.floor((was.wardMs ?? 0) / 1000);
    // Ages are shown in seconds: between two of them only a change of the way is news.
    if (!wholeSecond && moment.station === was.station && moment.gateway === was.gateway) return;
    this.moment.value = moment;
    const heard = this.#keeper.heardWallMs;
    this.stationLostMs.value = moment.station || heard === null ? null : heard;
    this.gatewayLostMs.value = moment.gateway || !moment.station ? null : (this.gatewayLostMs.value ?? now.wallMs);
  }

  #takeSnapshot(message: FeedMessage & { type: 'snapshot' }): void {
    this.#values.clear();
    this.#values.merge(message.readings);
    this.ward.value = message.ward;
    for (const place of this.#places.keys()) this.#show(place);
  }

  #takeWard(ward: WardMessage): void {
    this.#values.keepOnly(ward);
    this.ward.value = ward;
    const shown = new Set(tilesOf(ward).map(({ place }) => place));
    for (const [place, values] of this.#places) {
      if (shown.has(place)) continue;
      values.value = [];
      this.#places.delete(place);
    }
  }

  #show(place: string): void {
    const held = this.#places.get(place);
    if (held !== undefined) held.value = this.#values.at(place);
  }
}
