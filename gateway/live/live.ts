// SPDX-License-Identifier: Apache-2.0
/** The live follower: the newest value of every vital of every stay. It has no cursor: after a pause it starts at the newest. */
import { FLAG, formatDecimal, type Reading, VITALS } from '../../devices/index.ts';
import type { LiveReading } from '../messages.ts';
import type { Ward } from '../ward/ward-state.ts';
import { SILENT_INTERVALS } from '../intake/cadence.ts';

/** Values kept: beds x vitals, with much room. The oldest is forgotten first. */
const MAX_LIVE_VALUES = 8192;

export interface LiveDeps {
  readonly ward: () => Ward;
  readonly intervalMsOf: (device: string) => number | undefined;
  readonly wallMsAt: (monotonicMs: number) => number;
}

export class Live {
  readonly #deps: LiveDeps;
  readonly #newest = new Map<string, LiveReading>();

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /** Takes committed readings; gives those that are news: the newest of each vital, nothing that arrived late (I7). */
  take(readings: readonly Reading[]): LiveReading[] {
    const news = new Map<string, LiveReading>();
    for (const reading of readings) {
      if (reading.flags & FLAG.late) continue;
      const key = `${reading.stay}/${reading.vital}/${reading.device}`;
      const before = this.#newest.get(key);
      if (before && before.measuredMs > reading.correctedMs) continue;
      const live = this.#shown(reading);
      this.#newest.delete(key);
      this.#newest.set(key, live);
      news.set(key, live);
      if (this.#newest.size > MAX_LIVE_VALUES) this.#newest.delete(this.#newest.keys().next().value ?? '');
    }
    return [...news.values()];
  }

  /** The newest values of the stays that are open now, for a board that just came. */
  snapshot(): LiveReading[] {
    const ward = this.#deps.ward();
    return [...this.#newest.values()].flatMap((live) => {
      const stay = ward.stay(live.stay);
      return stay && stay.closedMs === null && ward.openLinkOf(live.device)?.stay === live.stay ? [{ ...live, bed: stay.bed }] : [];
    });
  }

  #shown(reading: Reading): LiveReading {
    const vital = VITALS[reading.vital];
    const intervalMs = this.#deps.intervalMsOf(reading.device) ?? 0;
    const limit = (seconds: number | null | undefined) => (seconds == null ? null : Math.max(1000 * seconds, SILENT_INTERVALS * intervalMs));
    // Outside what the sensor can measure: a technical condition, and no number (vitals-codes, "sensorValid").
    const value = reading.value && !(reading.flags & FLAG.sensorInvalid) ? formatDecimal(reading.value) : null;
    return {
      stay: reading.stay,
      bed: this.#deps.ward().stay(reading.stay)?.bed ?? null,
      device: reading.device,
      vital: reading.vital,
      value,
      absent: value === null ? (reading.absent ?? 'sensor-error') : null,
      unit: reading.unit,
      measuredMs: reading.correctedMs,
      receivedMs: Math.round(this.#deps.wallMsAt(reading.monotonicMs)),
      flags: reading.flags,
      trust: 'C',
      staleAfterMs: limit(vital?.staleAfterS),
      lostAfterMs: limit(vital?.lostAfterS),
    };
  }
}
