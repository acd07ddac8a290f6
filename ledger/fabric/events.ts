// SPDX-License-Identifier: Apache-2.0
/**
 * The events of the chaincode, in their order, from the first on, through lost connections and restarts. The client of Fabric never
 * reconnects: this does, after the event that was handed over last.
 */
import type { ContractEvent } from '../contract/answer.ts';
import { backoffMs, type Random } from './backoff.ts';
import { FabricError } from './errors.ts';
import type { EventPosition, EventStore } from './event-store.ts';
import { outcomeOf } from './outcome.ts';
import { Pause, type Timers } from './pause.ts';
import { decodeEvent } from './wire.ts';

export interface ReceivedEvent {
  readonly position: EventPosition;
  readonly payload: Uint8Array;
}

export interface EventSource {
  /** Events after a position, from the first block on without one. Ends, or throws what the client of Fabric throws, when the stream is lost. */
  eventsAfter(position: EventPosition | undefined, signal: AbortSignal): AsyncIterable<ReceivedEvent>;
}

export interface LedgerEvent {
  readonly event: ContractEvent;
  /** Whoever keeps it together with what the event caused, and starts `after` it, takes each event exactly once. */
  readonly position: EventPosition;
}

export interface EventsDeps {
  readonly source: EventSource;
  readonly store: EventStore;
  readonly mspId: string;
  readonly timers: Timers;
  readonly random: Random;
}

export class FabricEvents {
  readonly #deps: EventsDeps;
  readonly #counters = { handedOver: 0, repeated: 0, unreadable: 0, streamsLost: 0 };
  readonly #stop = new AbortController();
  readonly #pause: Pause;

  constructor(deps: EventsDeps) {
    this.#deps = deps;
    this.#pause = new Pause(deps.timers);
  }

  /**
   * Ends when the ledger is closed. Asking for the next event says that the one before is dealt with: after a restart the first is the
   * one that was not. One reader at a time.
   */
  async *follow(after = this.#deps.store.position()): AsyncGenerator<LedgerEvent, void> {
    let position = after;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        for await (const received of this.#deps.source.eventsAfter(position, this.#stop.signal)) {
          failures = 0;
          if (isNotAfter(received.position, position)) {
            this.#counters.repeated += 1;
            continue;
          }
          position = received.position;
          const event = this.#decode(received.payload);
          if (!event) continue;
          yield { event, position };
          this.#counters.handedOver += 1;
          this.#deps.store.keep(position);
        }
      } catch (error) {
        // Throws what is a bug, or of the disk.
        if (!this.#stop.signal.aborted) outcomeOf(error, this.#deps.mspId);
      }
      if (this.#stop.signal.aborted) return;
      this.#counters.streamsLost += 1;
      failures += 1;
      await this.#pause.wait(backoffMs(failures, this.#deps.random));
    }
  }

  /** Named counters, for metrics. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters };
  }

  stop(): void {
    this.#stop.abort();
    this.#pause.wake();
  }

  #decode(payload: Uint8Array): ContractEvent | undefined {
    try {
      return decodeEvent(payload);
    } catch (error) {
      if (!(error instanceof FabricError)) throw error;
      this.#counters.unreadable += 1;
      return undefined;
    }
  }
}

/** A peer resumes in the middle of a block; were it to begin the block anew, its first events would come twice. */
function isNotAfter(received: EventPosition, last: EventPosition | undefined): boolean {
  if (!last) return false;
  return received.block < last.block || (received.block === last.block && received.txId === last.txId);
}
