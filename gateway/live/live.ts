// SPDX-License-Identifier: Apache-2.0
/** The live follower: the newest value of every vital of every stay. It has no cursor: after a pause it starts at the newest. */
import { FLAG, formatDecimal, type Reading, VITALS } from '../../devices/index.ts';
import { SILENT_INTERVALS } from '../intake/cadence.ts';
import type { LiveReading } from '../messages.ts';
import type { Ward } from '../ward/ward-state.ts';

/** Values kept: beds x vitals, with much room. The oldest is forgotten first. */
const MAX_LIVE_VALUES = 8192;
/** Values in one message (messages.ts takes four times as many). */
const MAX_NEWS = 1024;

/** Of which readings somebody said that they are wrong; of all vitals if none is named. */
export interface Corrected {
  readonly stay: string;
  readonly vital?: string | null | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LiveDeps {
  readonly ward: () => Ward;
  readonly intervalMsOf: (device: string) => number | undefined;
  readonly wallMsAt: (monotonicMs: number) => number;
}

export class Live {
  readonly #deps: LiveDeps;
  readonly #newest = new Map<string, LiveReading>();
  /** What a correction stands over, as it was before, by the same key; at most one for each of the newest. */
  readonly #hidden = new Map<string, LiveReading>();
  /** Taken since the last news: the newest of each vital. Empties within one turn of the loop. */
  readonly #taken = new Map<string, Reading>();

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /** Takes committed readings; nothing that arrived late is news (I7), and nothing of a person who has left the bed (I5). */
  take(readings: readonly Reading[]): void {
    const ward = this.#deps.ward();
    for (const reading of readings) {
      const stay = ward.stay(reading.stay);
      if (reading.flags & FLAG.late || (stay && stay.bed !== null && stay.closedMs !== null)) continue;
      const key = `${reading.stay}/${reading.vital}/${reading.device}`;
      const before = this.#taken.get(key)?.correctedMs ?? this.#newest.get(key)?.measuredMs;
      if (before === undefined || before <= reading.correctedMs) this.#taken.set(key, reading);
    }
  }

  /** What was taken since the last call, the newest of each vital; to be called until it gives nothing. */
  news(): LiveReading[] {
    const news: LiveReading[] = [];
    for (const [key, reading] of this.#taken) {
      if (news.length === MAX_NEWS) break;
      const live = this.#shown(reading);
      this.#taken.delete(key);
      this.#forget(key);
      this.#newest.set(key, live);
      news.push(live);
      if (this.#newest.size > MAX_LIVE_VALUES) this.#forget(this.#newest.keys().next().value ?? '');
    }
    return news;
  }

  /** Takes away what a correction stands over: after an episodic value no newer one would come for hours. Gives what boards must be told. */
  correct(what: Corrected): LiveReading[] {
    const gone: LiveReading[] = [];
    for (const [key, live] of this.#newest) {
      if (!isOver(what, live)) continue;
      if (!this.#hidden.has(key)) this.#hidden.set(key, live);
      const corrected = { ...live, value: null, absent: 'corrected' };
      this.#newest.set(key, corrected);
      gone.push(corrected);
    }
    return gone;
  }

  /** A correction of the stay was taken back: shows again what none of those that stand is over. Gives what boards must be told. */
  restore(stay: string, standing: readonly Corrected[]): LiveReading[] {
    const back: LiveReading[] = [];
    for (const [key, live] of this.#hidden) {
      if (live.stay !== stay || standing.some((one) => isOver(one, live))) continue;
      this.#hidden.delete(key);
      this.#newest.set(key, live);
      back.push(live);
    }
    return back;
  }

  /** The newest values for a board that just came: each under the stay that its sensor is linked to now, or under nobody. */
  snapshot(): LiveReading[] {
    const ward = this.#deps.ward();
    return [...this.#newest.values()].flatMap((live) => {
      const stay = ward.stay(live.stay);
      const link = ward.openLinkOf(live.device);
      const isNow = link ? link.stay === live.stay : stay?.bed === null;
      return stay && isNow ? [{ ...live, bed: stay.bed }] : [];
    });
  }

  #forget(key: string): void {
    this.#newest.delete(key);
    this.#hidden.delete(key);
  }

  #shown(reading: Reading): LiveReading {
    const vital = VITALS[reading.vital];
    const intervalMs = this.#deps.intervalMsOf(reading.device) ?? 0;
    const limit = (seconds: number | null | undefined) =>
      seconds == null ? null : Math.max(1000 * seconds, SILENT_INTERVALS * intervalMs);
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

function isOver({ stay, vital, fromMs, toMs }: Corrected, live: LiveReading): boolean {
  if (live.stay !== stay || (vital != null && live.vital !== vital)) return false;
  return fromMs <= live.measuredMs && live.measuredMs <= toMs;
}
