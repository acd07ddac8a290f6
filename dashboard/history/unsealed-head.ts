// SPDX-License-Identifier: Apache-2.0
/** Readings that were in no sealed batch when the gateway was asked, less those that were sealed before the record was read. */
import type { Columns, RecordReading } from '../../ledger/index.ts';

export class UnsealedHead {
  /** By device and session, then by sequence. */
  readonly #sessions = new Map<string, Map<number, RecordReading>>();

  constructor(readings: readonly RecordReading[]) {
    for (const reading of readings) {
      const session = this.#sessions.get(sessionOf(reading)) ?? new Map<number, RecordReading>();
      this.#sessions.set(sessionOf(reading), session.set(reading.sequence, reading));
    }
  }

  /** Takes out what stands in this batch. */
  sealedIn({ series, seriesOf, sequence }: Pick<Columns, 'series' | 'seriesOf' | 'sequence'>): void {
    const sessions = series.map((common) => this.#sessions.get(sessionOf(common)));
    if (sessions.every((session) => session === undefined)) return;
    for (let i = 0; i < seriesOf.length; i++) sessions[seriesOf[i]!]?.delete(sequence[i]!);
  }

  readings(): RecordReading[] {
    return [...this.#sessions.values()].flatMap((session) => [...session.values()]);
  }
}

function sessionOf({ device, session }: RecordReading): string {
  return `${device}/${session}`;
}
