// SPDX-License-Identifier: Apache-2.0
/** One open board: what it has not been told yet, conflated to the newest, sent only as fast as the board reads. */
import type { LiveReading } from '../../gateway/messages.ts';
import type { Counters } from '../counters.ts';
import type { WardChange, WardState } from '../ward-state.ts';
import type { FeedMessage } from './feed-message.ts';
import { VALUES_MAX } from './newest-values.ts';

/** Above this the board is behind and is told only newest values, once it has read. */
export const BUFFERED_BYTES_MAX = 64 * 1024;
/** Beats in a row that a board may be behind before its socket is closed. */
export const BEATS_BEHIND_MAX = 10;

/** The part of a WebSocket that is used here. */
export interface FeedSocket {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export class LiveClient {
  readonly #socket: FeedSocket;
  readonly #state: WardState;
  readonly #counters: Counters;
  /** Not told yet; at most VALUES_MAX, one per stay, vital and device. */
  readonly #readings = new Map<string, LiveReading>();
  #owesSnapshot = true;
  #owesWard = false;
  #beatsBehind = 0;

  constructor(socket: FeedSocket, state: WardState, counters: Counters) {
    this.#socket = socket;
    this.#state = state;
    this.#counters = counters;
  }

  offer(change: WardChange, monotonicMs: number): void {
    if (change.type === 'live') for (const reading of change.readings) this.#owe(reading);
    else if (change.type === 'ward') this.#owesWard = true;
    else this.#owesSnapshot = true;
    this.flush(monotonicMs);
  }

  /** Sends all that is owed, unless the board is behind. */
  flush(monotonicMs: number): void {
    if (this.#isBehind()) return;
    if (this.#owesSnapshot) {
      const { ward } = this.#state;
      this.#send({ type: 'snapshot', ward, readings: this.#state.readings(), ...this.#state.beat(monotonicMs) });
    } else {
      if (this.#owesWard && this.#state.ward !== null) this.#send({ type: 'ward', ward: this.#state.ward });
      if (this.#readings.size > 0) this.#send({ type: 'live', readings: [...this.#readings.values()] });
    }
    this.#owesSnapshot = false;
    this.#owesWard = false;
    this.#readings.clear();
  }

  /** Once a second: what is owed, then ward time. A board that does not read for BEATS_BEHIND_MAX seconds is let go. */
  beat(monotonicMs: number): void {
    if (this.#isBehind()) {
      this.#beatsBehind += 1;
      this.#counters.add('live_beats_withheld');
      if (this.#beatsBehind < BEATS_BEHIND_MAX) return;
      this.#counters.add('live_clients_too_slow');
      // It would not read a farewell either.
      this.#socket.terminate();
      return;
    }
    this.#beatsBehind = 0;
    this.flush(monotonicMs);
    this.#send({ type: 'beat', ...this.#state.beat(monotonicMs) });
  }

  #owe(reading: LiveReading): void {
    const key = `${reading.stay}/${reading.vital}/${reading.device}`;
    if (this.#readings.delete(key)) this.#counters.add('live_values_conflated');
    this.#readings.set(key, reading);
    if (this.#readings.size <= VALUES_MAX) return;
    // Too much to owe one by one: the board gets everything anew.
    this.#readings.clear();
    this.#owesSnapshot = true;
  }

  #isBehind(): boolean {
    return this.#socket.bufferedAmount > BUFFERED_BYTES_MAX;
  }

  #send(message: FeedMessage): void {
    this.#socket.send(JSON.stringify(message));
  }
}
