// SPDX-License-Identifier: Apache-2.0
/** Followers: never two runs at once, bounded back-off, nothing forgotten that was told during a run. */
import { describe, expect, it } from 'vitest';
import { Follower } from './follower.ts';
import { HeldTimers, settled } from './testing/held-timers.ts';

const LIMITS = { firstBackOffMs: 100, maxBackOffMs: 350 };

/** A follower of a queue; each sending waits until the test answers it. */
function open() {
  const timers = new HeldTimers();
  const failures: unknown[] = [];
  const sending: PromiseWithResolvers<number>[] = [];
  let atOnce = 0;
  let most = 0;
  const work = {
    name: 'test',
    async sendOldest(): Promise<number> {
      atOnce += 1;
      most = Math.max(most, atOnce);
      const answer = Promise.withResolvers<number>();
      sending.push(answer);
      try {
        return await answer.promise;
      } finally {
        atOnce -= 1;
      }
    },
  };
  const follower = new Follower(work, { timers, onFailure: (error) => failures.push(error), limits: LIMITS });
  const answer = async (moved: number | Error) => {
    const one = sending.shift()!;
    if (moved instanceof Error) one.reject(moved);
    else one.resolve(moved);
    await settled();
  };
  return { follower, timers, failures, sending, answer, most: () => most };
}
const DOWN = new Error('down');

describe('a follower', () => {
  it('sends until nothing is left, one after another', async () => {
    const { follower, sending, answer, most } = open();
    follower.wake();
    follower.wake();
    await answer(3);
    await answer(1);
    expect(sending.length).toBe(1);
    await answer(0);
    await answer(0);
    expect([sending.length, most()]).toEqual([0, 1]);
  });

  it('looks again when it was woken during its run, even in the very last sending', async () => {
    const { follower, sending, answer, most } = open();
    follower.wake();
    await settled();
    follower.wake();
    await answer(0);
    expect(sending.length).toBe(1);
    await answer(0);
    expect([sending.length, most()]).toEqual([0, 1]);
  });

  it('waits longer after every failure, up to its limit, and not at all after a success', async () => {
    const { follower, timers, failures, answer } = open();
    follower.wake();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      await answer(DOWN);
      waits.push(...timers.waiting());
      await timers.advance(timers.waiting()[0]!);
    }
    expect(waits).toEqual([100, 200, 350, 350]);
    expect(failures).toEqual([DOWN, DOWN, DOWN, DOWN]);
    await answer(1);
    await answer(DOWN);
    expect(timers.waiting()).toEqual([100]);
  });

  it('keeps to its back-off when it is woken meanwhile: a store that is down is not hammered', async () => {
    const { follower, timers, sending, answer } = open();
    follower.wake();
    await answer(DOWN);
    follower.wake();
    await settled();
    expect(sending.length).toBe(0);
    await timers.advance(99);
    expect(sending.length).toBe(0);
    await timers.advance(1);
    expect(sending.length).toBe(1);
  });

  it('tries once more when it is told to stop, waits for that, and then never again', async () => {
    const { follower, timers, sending, answer } = open();
    follower.wake();
    await answer(DOWN);
    const stopped = follower[Symbol.asyncDispose]();
    expect(sending.length).toBe(1);
    await answer(DOWN);
    await stopped;
    expect(timers.waiting()).toEqual([]);
    follower.wake();
    await settled();
    expect(sending.length).toBe(0);
  });

  it('ends the run under way when it is told to stop', async () => {
    const { follower, answer, sending } = open();
    follower.wake();
    await settled();
    const stopped = follower[Symbol.asyncDispose]();
    await answer(5);
    await answer(0);
    await stopped;
    expect(sending.length).toBe(0);
  });
});
