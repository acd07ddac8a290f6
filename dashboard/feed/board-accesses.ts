// SPDX-License-Identifier: Apache-2.0
/**
 * Who had the board open (I10): one access per person, patient and shift. No board waits for it and none is refused when it fails: what is
 * owed is asked for again until it is on record, or the station ends.
 */
import type { Counters } from '../counters.ts';
import type { Command } from '../gateway-link.ts';
import type { WardState } from '../ward-state.ts';

/**
 * Ward milliseconds that one access stands for, from when the person first had the patient on a board. Twelve hours, as long as a session may
 * last: no shift is longer, so none makes two, and that of the next day makes its own. No timetable of a clinic is asked for.
 */
export const SHIFT_MS = 12 * 3_600_000;
/** Real milliseconds until it is tried again after a failure. */
export const RETRY_MS = 30_000;
/** Accesses remembered, and accesses owed. 32 beds, three nurses and three shifts make 288 a day. */
export const ACCESSES_MAX = 10_000;

export interface BoardAccessesDeps {
  readonly link: { readonly request: (command: Command) => Promise<{ readonly ok: boolean }> };
  readonly state: Pick<WardState, 'ward' | 'beat'>;
  readonly counters: Pick<Counters, 'add'>;
  readonly monotonicMs: () => number;
}

interface BoardAccess {
  readonly by: string;
  readonly stay: string;
  /** Ward time in ms since 1970. */
  readonly fromMs: number;
}

export class BoardAccesses {
  readonly #deps: BoardAccessesDeps;
  /** By person and stay: since when, in ward ms. On record or owed; the oldest first. */
  readonly #since = new Map<string, number>();
  /** The next first. */
  readonly #owed = new Set<BoardAccess>();
  #isSending = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: BoardAccessesDeps) {
    this.#deps = deps;
  }

  /** Accesses that are not on record yet. */
  get owed(): number {
    return this.#owed.size;
  }

  /** These people have a board open now. Notes every patient on it, so also one admitted since, and puts on record what it can, in the background. */
  note(people: Iterable<string>): void {
    const { state, monotonicMs } = this.#deps;
    const { wardMs } = state.beat(monotonicMs());
    if (state.ward === null || wardMs === null) return;
    const fromMs = Math.round(wardMs);
    this.#forgetOver(fromMs);
    for (const by of new Set(people))
      for (const { stay } of state.ward.beds) if (stay !== null) this.#noteOne({ by, stay, fromMs });
    void this.#send();
  }

  #noteOne(access: BoardAccess): void {
    const key = `${access.stay}/${access.by}`;
    const since = this.#since.get(key);
    if (since !== undefined && isRunning(since, access.fromMs)) return;
    this.#since.delete(key);
    this.#since.set(key, access.fromMs);
    this.#owed.add(access);
    const [oldest] = this.#since.keys();
    if (this.#since.size > ACCESSES_MAX && oldest !== undefined) {
      // That person's board makes another entry: too many rather than too few.
      this.#since.delete(oldest);
      this.#deps.counters.add('board_accesses_forgotten');
    }
    const [first] = this.#owed;
    if (this.#owed.size > ACCESSES_MAX && first !== undefined) {
      this.#owed.delete(first);
      this.#deps.counters.add('board_accesses_dropped');
    }
  }

  #forgetOver(wardMs: number): void {
    for (const [key, since] of this.#since) {
      if (isRunning(since, wardMs)) return;
      this.#since.delete(key);
    }
  }

  /** One at a time, so that a nurse who asks for a trend waits for one of them at most. Never rejects. */
  async #send(): Promise<void> {
    if (this.#isSending || this.#deps.monotonicMs() < this.#retryAtMs) return;
    this.#isSending = true;
    for (const access of this.#owed) {
      const isOnRecord = await this.#request(access);
      this.#owed.delete(access);
      if (isOnRecord) continue;
      // Last in line: one that is refused for ever holds up none of the others.
      this.#owed.add(access);
      this.#retryAtMs = this.#deps.monotonicMs() + RETRY_MS;
      break;
    }
    this.#isSending = false;
  }

  /** Whether it is on record. An answer that was not heard counts as none, and the access may then stand there twice. */
  async #request({ by, stay, fromMs }: BoardAccess): Promise<boolean> {
    const { link, counters } = this.#deps;
    const toMs = fromMs + SHIFT_MS;
    try {
      const { ok } = await link.request({ command: 'log-access', by, stay, fromMs, toMs, purpose: 'board' });
      if (!ok) counters.add('board_accesses_failed');
      return ok;
    } catch {
      counters.add('board_accesses_failed');
      return false;
    }
  }
}

/** Also when ward time went back: a shift far ahead stands for nothing that is seen now. */
function isRunning(sinceMs: number, wardMs: number): boolean {
  return Math.abs(wardMs - sinceMs) < SHIFT_MS;
}
