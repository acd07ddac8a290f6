// SPDX-License-Identifier: Apache-2.0
/** Readings for tests: arbitrary ones, and a steady patient. */
import { fc } from '@fast-check/vitest';
import type { RecordReading } from '../reading-codec.ts';
import { ABSENT_CODES, TIME_QUALITY_CODES, VITAL_CODES } from '../vital-codes.ts';

const id8 = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((b) => Buffer.from(b).toString('hex'));
const time = fc.integer({ min: 0, max: 2 ** 42 });

export const anyReading: fc.Arbitrary<RecordReading> = fc
  .record({
    vital: fc.constantFrom(...Object.keys(VITAL_CODES)),
    content: fc.oneof(
      fc.record({ value: fc.record({ mantissa: fc.integer(), exponent: fc.integer({ min: -4, max: 3 }) }) }),
      fc.record({ absent: fc.constantFrom(...(Object.keys(ABSENT_CODES) as (keyof typeof ABSENT_CODES)[])) }),
    ),
    mdc: fc.constantFrom(0, 147842, 149530),
    times: fc.oneof(fc.record({ deviceTimeMs: time }), fc.constant({})),
    boot: id8,
    monotonicMs: time,
    correctedMs: time,
    timeQuality: fc.constantFrom(...(Object.keys(TIME_QUALITY_CODES) as (keyof typeof TIME_QUALITY_CODES)[])),
    device: fc.constantFrom('wear-1', 'wear-2', 'oxi-7'),
    session: id8,
    sequence: fc.nat(),
    flags: fc.nat({ max: 127 }),
    raw: fc.oneof(fc.constant({}), fc.record({ raw: fc.uint8Array({ maxLength: 40 }) })),
  })
  .map(({ vital, content, times, raw, ...rest }) => ({
    vital,
    unit: VITAL_CODES[vital]!.units[0]!,
    ...content,
    ...times,
    ...rest,
    ...raw,
  }));

/** One vital at 1 Hz with a wandering value and a few milliseconds of jitter. */
export function steadyReadings(count: number, device = 'wear-1', startMs = 1_795_000_000_000): RecordReading[] {
  return Array.from({ length: count }, (_, i) => ({
    vital: 'heartRate',
    value: { mantissa: 72 + Math.round(4 * Math.sin(i / 9)), exponent: 0 },
    unit: '/min',
    mdc: 147842,
    deviceTimeMs: startMs + 1000 * i,
    boot: '00000000000000b0',
    monotonicMs: 5000 + 1000 * i + ((i * 7) % 5),
    correctedMs: startMs + 1000 * i,
    timeQuality: 'device' as const,
    device,
    session: '00000000000000e0',
    sequence: i,
    flags: 0,
  }));
}
