// SPDX-License-Identifier: Apache-2.0
/** Newest values, ward time and a slow board, without sockets. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Counters } from '../counters.ts';
import { readingOf, STAYS, wardOf } from '../testing/fake-gateway.ts';
import { WardState } from '../ward-state.ts';
import type { FeedMessage } from './feed-message.ts';
import { BEATS_BEHIND_MAX, BUFFERED_BYTES_MAX, LiveClient } from './live-client.ts';
import { devicePlace, NewestValues, stayPlace, VALUES_MAX } from './newest-values.ts';
import { WardClock } from './ward-clock.ts';

const live = (...readings: ReturnType<typeof readingOf>[]) => ({ type: 'live', sentMs: 0, readings }) as const;

describe('newest values', () => {
  test.prop([
    fc.array(
      fc.record({
        vital: fc.constantFrom('spo2', 'pulseRate'),
        device: fc.constantFrom('a1', 'b1'),
        measuredMs: fc.nat(20),
      }),
    ),
  ])('hold per vital and device the one measured last, in whatever order they come', (changes) => {
    const values = new NewestValues();
    const readings = changes.map((change, n) => readingOf({ ...change, receivedMs: 1000 + n }));
    for (const reading of readings) values.merge([reading]);
    const byAge = readings.toSorted((a, b) => a.measuredMs - b.measuredMs || a.receivedMs - b.receivedMs);
    const plain = new Map(byAge.map((reading) => [reading.vital + reading.device, reading]));
    expect(new Set(values.all())).toEqual(new Set(plain.values()));
  });

  it('let a device whose clock ran ahead be seen again once its clock is right', () => {
    const values = new NewestValues();
    values.merge([readingOf({ measuredMs: 9_000_000, receivedMs: 1000, value: '80' })]);
    values.merge([readingOf({ measuredMs: 2000, receivedMs: 2000, value: '97' })]);
    expect(values.all().map(({ value }) => value)).toEqual(['97']);
  });

  it('forget a closed stay, and a loose sensor once it has a bed', () => {
    const values = new NewestValues();
    values.merge([readingOf(), readingOf({ stay: STAYS.loose, bed: null, device: 'oxi-9' })]);
    values.keepOnly(wardOf());
    expect(values.all()).toHaveLength(2);
    const ward = wardOf();
    values.keepOnly({
      ...ward,
      beds: ward.beds.map((bed) => ({ ...bed, stay: null })),
      devices: ward.devices.map((device) => ({ ...device, bed: '2' })),
    });
    expect([values.at(stayPlace(STAYS.one)), values.at(devicePlace('oxi-9')), values.all()]).toEqual([[], [], []]);
  });

  it('are bounded, and what is not kept is counted', () => {
    const values = new NewestValues();
    values.merge(Array.from({ length: VALUES_MAX + 5 }, (_, n) => readingOf({ vital: `v${n}` })));
    expect([values.all().length, values.dropped]).toEqual([VALUES_MAX, 5]);
  });
});

describe('the ward clock', () => {
  it('runs at the rate of the ward between stamps, and takes the least delayed stamp', () => {
    const clock = new WardClock();
    expect(clock.at(0)).toBeNull();
    clock.hear(10_000, 60, 100);
    expect(clock.at(200)).toBe(16_000);
    clock.hear(10_000, 60, 300);
    expect(clock.at(300)).toBe(22_000);
  });

  it('follows a step of the gateway’s clock, forwards at once and backwards after ten stamps', () => {
    const clock = new WardClock();
    clock.hear(1000, 1, 0);
    clock.hear(9000, 1, 0);
    expect(clock.at(0)).toBe(9000);
    for (let i = 0; i < 10; i++) clock.hear(500, 1, 0);
    expect(clock.at(0)).toBe(500);
  });
});

describe('a slow board', () => {
  function board() {
    const sent: FeedMessage[] = [];
    const socket = {
      bufferedAmount: 0,
      gone: false,
      send: (text: string) => sent.push(JSON.parse(text)),
      close: () => {},
      terminate: () => {
        socket.gone = true;
      },
    };
    const state = new WardState();
    const counters = new Counters();
    const client = new LiveClient(socket, state, counters);
    state.listen((change) => client.offer(change, 0));
    client.flush(0);
    return { sent, socket, state, counters, client };
  }

  it('is told only the newest of each value when it reads again', () => {
    const { sent, socket, state, counters } = board();
    socket.bufferedAmount = BUFFERED_BYTES_MAX + 1;
    for (let n = 0; n < 1000; n++) state.takeLive(live(readingOf({ value: String(n) })), 0);
    state.takeWard(wardOf(), 0);
    expect(sent.map(({ type }) => type)).toEqual(['snapshot']);
    socket.bufferedAmount = 0;
    state.takeLive(live(readingOf({ value: '50', vital: 'pulseRate' })), 0);
    expect(sent.slice(1).map(({ type }) => type)).toEqual(['ward', 'live']);
    expect(sent[2]).toMatchObject({ readings: [{ value: '999' }, { value: '50' }] });
    expect(counters.get('live_values_conflated')).toBe(999);
  });

  it('that owes more than can be held gets everything anew', () => {
    const { sent, socket, state, client } = board();
    socket.bufferedAmount = BUFFERED_BYTES_MAX + 1;
    state.takeLive(live(...Array.from({ length: VALUES_MAX }, (_, n) => readingOf({ vital: `v${n}` }))), 0);
    state.takeLive(live(readingOf({ vital: 'one more' })), 0);
    socket.bufferedAmount = 0;
    client.beat(0);
    expect(sent.map(({ type }) => type)).toEqual(['snapshot', 'snapshot', 'beat']);
  });

  it('is let go after ten beats without reading', () => {
    const { socket, client, counters } = board();
    socket.bufferedAmount = BUFFERED_BYTES_MAX + 1;
    for (let n = 1; n < BEATS_BEHIND_MAX; n++) client.beat(0);
    expect(socket.gone).toBe(false);
    client.beat(0);
    expect(socket.gone).toBe(true);
    expect(counters.get('live_clients_too_slow')).toBe(1);
  });
});
