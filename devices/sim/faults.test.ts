// SPDX-License-Identifier: Apache-2.0
/** A bad line is bad in the way that was asked for, as often as was asked for, and the same way twice. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { driftedMs, FaultLine, type FaultPlan, isPlugged, NO_FAULTS, parseFaults } from './faults.ts';

const MESSAGES = Array.from({ length: 2_000 }, (_, i) => Uint8Array.of(i >> 8, i & 0xff, 0x55));

/** The numbers of the messages that come out, and how many bits differ from what went in. */
function pass(plan: Partial<FaultPlan>, seed = 7) {
  const line = new FaultLine({ ...NO_FAULTS, ...plan }, seed);
  return [...MESSAGES.flatMap((message) => line.push(message)), ...line.flush()];
}
const numberOf = ({ bytes }: { bytes: Uint8Array }) => (bytes[0]! << 8) | bytes[1]!;
const IN_ORDER = MESSAGES.map((_, i) => i);

describe('FaultLine', () => {
  it('changes nothing without a fault', () => {
    expect(pass({}).map(numberOf)).toStrictEqual(IN_ORDER);
  });

  it('is the same twice, and another with another seed', () => {
    const plan = { drop: 0.1, duplicate: 0.1, reorder: 0.1, corrupt: 0.1 };
    expect(pass(plan)).toStrictEqual(pass(plan));
    expect(pass(plan)).not.toStrictEqual(pass(plan, 8));
  });

  it('drops about as many as asked, and all with 1', () => {
    expect(pass({ drop: 0.1 }).length).toBeGreaterThan(1_740);
    expect(pass({ drop: 0.1 }).length).toBeLessThan(1_860);
    expect(pass({ drop: 1 })).toStrictEqual([]);
  });

  it('sends twice, one after the other', () => {
    const out = pass({ duplicate: 1 }).map(numberOf);
    expect(out).toStrictEqual(IN_ORDER.flatMap((i) => [i, i]));
  });

  it('changes the order and loses nothing', () => {
    const out = pass({ reorder: 0.3 }).map(numberOf);
    expect(out).not.toStrictEqual(IN_ORDER);
    expect(out.toSorted((a, b) => a - b)).toStrictEqual(IN_ORDER);
  });

  it('flips one bit of a copy', () => {
    const before = MESSAGES.map((message) => [...message]);
    const out = pass({ corrupt: 1 });
    out.forEach(({ bytes }, i) => {
      const flipped = bytes.reduce(
        (sum, byte, at) => sum + (byte ^ MESSAGES[i]![at]!).toString(2).replaceAll('0', '').length,
        0,
      );
      expect(flipped).toBe(1);
    });
    expect(MESSAGES.map((message) => [...message])).toStrictEqual(before);
  });

  it('delays by what was asked', () => {
    expect(pass({ delayMs: 500 }).every(({ delayMs }) => delayMs === 500)).toBe(true);
  });
});

describe('parseFaults', () => {
  it('reads every fault', () => {
    expect(
      parseFaults('drop:0.1,delay:500,duplicate:0.05,reorder:1,corrupt:0,unplug:60000/5000,drift:-50'),
    ).toStrictEqual({
      ok: true,
      value: {
        drop: 0.1,
        delayMs: 500,
        duplicate: 0.05,
        reorder: 1,
        corrupt: 0,
        unplugEveryMs: 60_000,
        unplugForMs: 5_000,
        driftPpm: -50,
      },
    });
  });
  it.each([
    '',
    'drop',
    'drop:',
    'drop:2',
    'drop:-1',
    'drop:0.1:2',
    'delay:1.5',
    'unplug:5000',
    'unplug:10/10',
    'drift:x',
    'lose:1',
    'drop:0.1,',
  ])('refuses %j', (text) => expect(parseFaults(text)).toMatchObject({ ok: false, error: { code: 'SIMULATE_USAGE' } }));
});

describe('plug and clock', () => {
  it('pulls the plug at the end of every period', () => {
    const plan = { ...NO_FAULTS, unplugEveryMs: 100, unplugForMs: 10 };
    expect([0, 89, 90, 99, 100, 195].map((ms) => isPlugged(plan, ms))).toStrictEqual([
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(isPlugged(NO_FAULTS, 12_345)).toBe(true);
  });
  test.prop([fc.integer({ min: -1000, max: 1000 }), fc.nat(86_400_000)])(
    'drifts from the start on',
    (driftPpm, since) => {
      const plan = { ...NO_FAULTS, driftPpm };
      expect(driftedMs(plan, 5_000, 5_000)).toBe(5_000);
      expect(
        Math.abs(driftedMs(plan, 5_000, 5_000 + since) - (5_000 + since + (since * driftPpm) / 1e6)),
      ).toBeLessThanOrEqual(0.5);
    },
  );
});
