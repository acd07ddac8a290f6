// SPDX-License-Identifier: Apache-2.0
/** The open event streams of one peer: each ends when its client leaves, and all of them when a test cuts them. */
import { Metadata, status } from '@grpc/grpc-js';
import { serviceError } from './gateway-fault.ts';

/** What streams of grpc-js have in common. */
interface Call {
  on(event: 'cancelled', listener: () => void): unknown;
  emit(event: 'error', error: unknown): unknown;
}

export class EventStreams {
  readonly #open = new Set<() => void>();

  /** Serves a stream until its client goes or it is cut; `serve` gets the signal of either. */
  run(call: Call, serve: (signal: AbortSignal) => Promise<void>): void {
    const gone = new AbortController();
    const cut = (): void => {
      gone.abort();
      call.emit('error', { code: status.UNAVAILABLE, details: 'transport is closing', metadata: new Metadata() });
    };
    this.#open.add(cut);
    call.on('cancelled', () => gone.abort());
    serve(gone.signal)
      .catch((error: unknown) => {
        if (!gone.signal.aborted) call.emit('error', serviceError(error));
      })
      .finally(() => this.#open.delete(cut));
  }

  cut(): void {
    for (const cut of this.#open) cut();
  }
}
