// SPDX-License-Identifier: Apache-2.0
/** Epochs that end before their time, because a consent was revoked: new keys for all, and no stream that could be told by its count. */
import { describe, expect, it } from 'vitest';
import { RecorderBench, reading, START_MS, stayId } from './testing/recorder-bench.ts';

const EPOCH_MS = 10_000;
const EPOCH = Math.floor(START_MS / EPOCH_MS);
let row = 1;

async function recordFor(bench: RecorderBench, ...stays: readonly number[]): Promise<void> {
  for (const stay of stays) await bench.take(row, [reading(row++, { stay: stayId(stay) })]);
  await bench.recorder.flush();
}
const epochsOf = (bench: RecorderBench, stay: number) =>
  bench.streams.epochs(bench.streams.streamsOf(stayId(stay))[0]!.id).map(({ epoch }) => epoch - EPOCH);

describe('a rotation', () => {
  it('seals what is open under the old key, and what comes under a new one that the gateway alone cannot go back from', async () => {
    const bench = new RecorderBench({ epochMs: EPOCH_MS });
    await bench.take(row, [reading(row++)]);
    await bench.recorder.rotate();
    expect(bench.recorder.openBatches).toBe(0);
    await recordFor(bench, 1);
    expect((await bench.record()).map(({ header }) => [header.epoch - EPOCH, header.number])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(bench.recipients(stayId(1))).toEqual([['care-team'], ['care-team', 'gateway']]);
  });

  it('leaves all streams with one count: old, silent and new ones, on that day and the next, after a restart too', async () => {
    const bench = new RecorderBench({ epochMs: EPOCH_MS }, [1, 2, 3].map(stayId));
    await recordFor(bench, 1, 2);
    await bench.recorder.rotate();
    await recordFor(bench, 1, 3);
    await bench.recorder.rotate();
    await bench.recorder.rotate();
    bench.restart();
    await recordFor(bench, 1, 2, 3);
    bench.nowMs += EPOCH_MS;
    await recordFor(bench, 1, 2, 3);
    expect([1, 2, 3].map((stay) => epochsOf(bench, stay))).toEqual([
      [0, 1, 3, 4],
      [0, 3, 4],
      [1, 3, 4],
    ]);
  });
});
