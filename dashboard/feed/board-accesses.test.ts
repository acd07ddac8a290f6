// SPDX-License-Identifier: Apache-2.0
/** Who had the board open is put on record once per person, patient and shift, in the background, and again when it failed. */
import { setImmediate as turn } from 'node:timers/promises';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Counters } from '../counters.ts';
import { DashboardError } from '../errors.ts';
import type { Command } from '../gateway-link.ts';
import { STAYS, wardOf } from '../testing/fake-gateway.ts';
import { WardState } from '../ward-state.ts';
import { ACCESSES_MAX, BoardAccesses, RETRY_MS, SHIFT_MS } from './board-accesses.ts';

const START_MS = 1_800_000_000_000;
const BOTH = [STAYS.one, STAYS.two].map((stay, i) => ({ bed: `${i + 1}`, stay, admittedMs: 0, name: null }));

/** Time stands still unless the test moves it; ward time goes `rate` times as fast. */
function open({ rate = 1, answer = async (_command: Command): Promise<{ ok: boolean }> => ({ ok: true }) } = {}) {
  const clock = { ms: 0 };
  const asked: Command[] = [];
  const state = new WardState();
  const counters = new Counters();
  const link = {
    request: (command: Command) => {
      asked.push(command);
      return answer(command);
    },
  };
  const accesses = new BoardAccesses({ link, state, counters, monotonicMs: () => clock.ms });
  const hear = (beds = wardOf().beds) =>
    state.takeWard(wardOf({ beds, rate, sentMs: START_MS + rate * clock.ms }), clock.ms);
  /** A beat of the hub, and time for everything that it asks, one after the other. */
  const beat = async (people: readonly string[], atMs = clock.ms) => {
    clock.ms = atMs;
    accesses.note(people);
    await turn();
  };
  return { clock, asked, counters, accesses, hear, beat };
}

describe('an open board', () => {
  it('is on record once for each patient and person, however often it beats and on however many screens', async () => {
    const { asked, accesses, hear, beat } = open();
    hear(BOTH);
    await beat(['Ada', 'Ada']);
    for (let second = 1; second < 100; second++) await beat(['Ada', 'Grace', 'Ada'], second * 1000);
    const common = { command: 'log-access', purpose: 'board' };
    const [ada, grace] = [START_MS, START_MS + 1000].map((fromMs) => ({ ...common, fromMs, toMs: fromMs + SHIFT_MS }));
    expect(asked).toEqual([
      { ...ada, by: 'Ada', stay: STAYS.one },
      { ...ada, by: 'Ada', stay: STAYS.two },
      { ...grace, by: 'Grace', stay: STAYS.one },
      { ...grace, by: 'Grace', stay: STAYS.two },
    ]);
    expect(accesses.owed).toBe(0);
  });

  it('is on record for a patient who is admitted while it is open, and for none in an empty bed', async () => {
    const { asked, hear, beat } = open();
    hear();
    await beat(['Ada']);
    hear(BOTH);
    await beat(['Ada'], 60_000);
    expect(asked).toMatchObject([
      { stay: STAYS.one, fromMs: START_MS },
      { stay: STAYS.two, fromMs: START_MS + 60_000 },
    ]);
  });

  it('is on record again for the next shift of ward time, and not a moment sooner', async () => {
    const { asked, hear, beat } = open({ rate: 60 });
    hear();
    await beat(['Ada']);
    await beat(['Ada'], SHIFT_MS / 60 - 1);
    expect(asked).toHaveLength(1);
    await beat(['Ada'], SHIFT_MS / 60);
    expect(asked).toMatchObject([{ fromMs: START_MS }, { fromMs: START_MS + SHIFT_MS }]);
  });

  it('is on record in the time that the ward has now, also when that went back by years', async () => {
    const { asked, clock, hear, beat } = open();
    hear();
    await beat(['Ada']);
    clock.ms = -3 * SHIFT_MS;
    for (let n = 0; n < 10; n++) hear();
    await beat(['Ada']);
    expect(asked).toMatchObject([{ fromMs: START_MS }, { fromMs: START_MS - 3 * SHIFT_MS }]);
  });

  it('owes nothing while the station has not heard of a ward', async () => {
    const { asked, accesses, beat } = open();
    await beat(['Ada']);
    expect([asked.length, accesses.owed]).toEqual([0, 0]);
  });
});

describe('what could not be put on record', () => {
  it.each([
    ['is refused', async () => ({ ok: false })],
    ['is not heard', () => Promise.reject(new DashboardError('GATEWAY_DOWN'))],
    ['fails in a way that nobody foresaw', () => Promise.reject(new Error('?'))],
  ])(
    'as it %s, is counted and tried again with its own time, though the board is closed by then',
    async (_name, fail) => {
      let isFailing = true;
      const { asked, counters, accesses, hear, beat } = open({
        answer: () => (isFailing ? fail() : Promise.resolve({ ok: true })),
      });
      hear();
      await beat(['Ada']);
      await beat(['Ada'], RETRY_MS - 1);
      expect([asked.length, accesses.owed, counters.get('board_accesses_failed')]).toEqual([1, 1, 1]);
      await beat([], RETRY_MS);
      expect([asked.length, accesses.owed, counters.get('board_accesses_failed')]).toEqual([2, 1, 2]);
      isFailing = false;
      await beat([], 2 * RETRY_MS);
      expect(accesses.owed).toBe(0);
      expect(asked[2]).toEqual(asked[0]);
      await beat(['Ada'], 3 * RETRY_MS);
      expect(asked).toHaveLength(3);
    },
  );

  it('holds up none of the others, also when it is refused for ever', async () => {
    const { asked, accesses, hear, beat } = open({
      answer: async (command) => ({ ok: 'stay' in command && command.stay !== STAYS.one }),
    });
    hear(BOTH);
    await beat(['Ada']);
    expect(asked).toMatchObject([{ stay: STAYS.one }]);
    await beat(['Ada'], RETRY_MS);
    expect(asked.slice(1)).toMatchObject([{ stay: STAYS.two }, { stay: STAYS.one }]);
    expect(accesses.owed).toBe(1);
  });

  it('is asked one at a time, and a board never waits for the answer', async () => {
    const slow = Promise.withResolvers<{ ok: boolean }>();
    const { asked, hear, beat } = open({ answer: () => slow.promise });
    hear(BOTH);
    await beat(['Ada']);
    await beat(['Ada'], 10 * RETRY_MS);
    expect(asked).toHaveLength(1);
    slow.resolve({ ok: true });
    await turn();
    expect(asked).toHaveLength(2);
  });

  it('is held up to a limit, and what is dropped is counted', async () => {
    const { counters, accesses, hear, beat } = open({ answer: async () => ({ ok: false }) });
    hear();
    await beat(Array.from({ length: ACCESSES_MAX + 3 }, (_, n) => `Nurse ${n}`));
    expect(accesses.owed).toBe(ACCESSES_MAX);
    expect([counters.get('board_accesses_dropped'), counters.get('board_accesses_forgotten')]).toEqual([3, 3]);
  });
});

const PEOPLE = ['Ada', 'Grace'] as const;

/** The plain twin: of all that anybody saw, each moment lies in an access of theirs, and no two of them overlap. */
test.prop([
  fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: SHIFT_MS }),
      people: fc.subarray([...PEOPLE]),
      beds: fc.subarray(BOTH),
      fails: fc.boolean(),
    }),
    { maxLength: 30 },
  ),
])('whatever happens, everything seen is in the end on record, and nothing twice', async (steps) => {
  let fails = false;
  const { clock, asked, accesses, hear, beat } = open({ answer: async () => ({ ok: !fails }) });
  const answered: { by: string; stay: string; fromMs: number; toMs: number }[] = [];
  const seen: { by: string; stay: string; atMs: number }[] = [];
  const step = async (atMs: number, people: readonly string[]) => {
    const before = asked.length;
    await beat(people, atMs);
    const news = asked.slice(before).filter((command) => command.command === 'log-access');
    if (!fails) answered.push(...news);
  };
  for (const { afterMs, people, beds, fails: failing } of steps) {
    fails = failing;
    clock.ms += afterMs;
    hear(beds);
    for (const by of people) for (const { stay } of beds) seen.push({ by, stay, atMs: START_MS + clock.ms });
    await step(clock.ms, people);
  }
  fails = false;
  await step(clock.ms + RETRY_MS, []);
  expect(accesses.owed).toBe(0);
  for (const { by, stay, atMs } of seen) {
    const standing = answered.filter(
      (one) => one.by === by && one.stay === stay && one.fromMs <= atMs && atMs < one.toMs,
    );
    expect(standing).toHaveLength(1);
  }
});
