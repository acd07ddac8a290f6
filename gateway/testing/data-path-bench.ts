// SPDX-License-Identifier: Apache-2.0
/** A data path over a real journal in memory, two sensors and a clock that the test moves. */
import { DataPath } from '../data-path.ts';
import { DEFAULT_TIME_LIMITS } from '../intake/corrected-time.ts';
import type { Device } from '../intake/intake.ts';
import { BENCH_BOOT, type JournalBench, openJournalBench } from '../journal/testing/journal-bench.ts';
import type { LiveReading } from '../messages.ts';

export const START_MS = Date.UTC(2026, 10, 21);
/** Numbers what it sends, every second; and one that sends neither number nor at an interval. */
export const WEAR: Device = { handle: 'wear-1', kind: 'senml', intervalMs: 1000 };
export const CUFF: Device = { handle: 'cuff-1', kind: 'senml' };

export interface DataPathBench {
  readonly bench: JournalBench;
  readonly dataPath: DataPath;
  readonly shown: LiveReading[];
  readonly counts: Record<string, number>;
  readonly clock: { wardMs: number };
  readonly enrolled: Set<Device>;
  readonly randomHex: (bytes: number) => string;
}

export async function openDataPathBench(): Promise<DataPathBench> {
  const bench = await openJournalBench();
  const shown: LiveReading[] = [];
  const counts: Record<string, number> = {};
  const clock = { wardMs: START_MS };
  const enrolled = new Set([WEAR, CUFF]);
  let id = 0;
  const randomHex = (bytes: number) => (++id).toString(16).padStart(2 * bytes, '0');
  const dataPath = new DataPath(
    {
      journal: bench.journal,
      beds: ['1', '2'],
      devices: () => [...enrolled],
      device: (handle) => [...enrolled].find((device) => device.handle === handle),
      boot: BENCH_BOOT,
      limits: DEFAULT_TIME_LIMITS,
      gapGraceMs: 30_000,
      wardMs: () => clock.wardMs,
      wallMsAt: (monotonicMs) => START_MS + monotonicMs,
      randomHex,
      count: (name, by = 1) => {
        counts[name] = (counts[name] ?? 0) + by;
      },
      onLive: (news) => shown.push(...news),
    },
    bench.state,
  );
  return { bench, dataPath, shown, counts, clock, enrolled, randomHex };
}
