// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { HeldTimers, settled } from '../testing/held-timers.ts';
import { SequencedSignal } from './sequenced-signal.ts';

const LONG_MS = 60_000;

function fresh() {
  const timers = new HeldTimers();
  return { timers, signal: new SequencedSignal(timers) };
}

describe('who waits for an entry', () => {
  it('is told when the log has it, and not before', async () => {
    const { signal } = fresh();
    const told: number[] = [];
    for (const outbox of [3, 1, 2]) void signal.until(outbox).then(() => told.push(outbox));
    signal.reached(2);
    await settled();
    expect(told).toEqual([1, 2]);
    signal.reached(3);
    await settled();
    expect(told).toEqual([1, 2, 3]);
  });

  it('does not wait for what is there, nor for nothing', async () => {
    const { signal } = fresh();
    signal.reached(-1);
    await signal.until(0);
    signal.reached(7);
    await signal.until(7);
  });

  it('hears COMMAND_WAITS when the log takes nothing, and leaves nothing behind', async () => {
    const { timers, signal } = fresh();
    const refused = expect(signal.until(1)).rejects.toMatchObject({ code: 'COMMAND_WAITS', class: 'ambiguous' });
    await timers.advance(LONG_MS);
    await refused;
    signal.reached(1);
    await signal.until(1);
  });
});
