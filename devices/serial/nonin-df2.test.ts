// SPDX-License-Identifier: Apache-2.0
/** DF2: every bit of a packet counts, and a number that is not a measurement is never shown as one. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../reading.ts';
import { framerSuite } from '../testing/framer-suite.ts';
import { DF2_PACKET_BYTES, DF2_STATUS, Df2Decoder, Df2Framer, decodeDf2, encodeDf2 } from './nonin-df2.ts';

const PACKET = encodeDf2({ pulseRate: 300, spo2: 97, pleth: Array.from({ length: 25 }, (_, i) => i * 10) });
const OTHER = encodeDf2({ pulseRate: 172, spo2: 88 });
/** The next packet begins: only now is the one before it known to be whole. */
const SYNC = OTHER.subarray(0, 2);
const followed = (...parts: readonly Uint8Array[]) => Buffer.concat([...parts, SYNC]);

framerSuite({
  name: 'Nonin DF2',
  create: () => new Df2Framer(),
  good: [PACKET, OTHER],
  badCheck: Uint8Array.from(PACKET, (byte, at) => (at === 62 ? byte ^ 0x10 : byte)),
  overLong: Buffer.concat([PACKET, OTHER.subarray(120)]),
  garbage: Uint8Array.of(0x00, 0x01, 0x01, 0x7f, 0xff, 0x01),
  trailer: SYNC,
});

describe('Df2Framer', () => {
  it('names what is wrong', () => {
    const codes = (bytes: Uint8Array) =>
      new Df2Framer().push(followed(bytes)).map((out) => (out.ok ? 'frame' : out.error.code));
    expect(codes(Uint8Array.from(PACKET, (byte, at) => (at === 4 ? byte + 1 : byte)))).toStrictEqual(['NONIN_BAD_SUM']);
    const missing = Buffer.concat([PACKET.subarray(0, 60), PACKET.subarray(65), OTHER]);
    expect(codes(missing)).toStrictEqual(['NONIN_FRAME_LOST', 'frame']);
    // The first frame is the one that is missing: the packet before it is not confirmed, and goes too.
    expect(codes(Buffer.concat([OTHER, PACKET.subarray(5), OTHER]))).toStrictEqual(['NONIN_FRAME_LOST', 'frame']);
  });

  it('notices every single flipped bit but those that no check covers', () => {
    // Two flips that cancel in the sum are the limit of this format; one flip never passes.
    for (let bit = 0; bit < DF2_PACKET_BYTES * 8; bit += 1) {
      const damaged = Uint8Array.from(PACKET, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const out = new Df2Framer().push(followed(damaged));
      expect(
        out.some(({ ok }) => ok),
        `bit ${bit}`,
      ).toBe(false);
    }
  });

  it('refuses a packet in which any frame stands twice, whatever the frames behind it would then say', () => {
    for (let frame = 1; frame <= 24; frame += 1) {
      const twice = Buffer.concat([OTHER.subarray(0, 5 * (frame + 1)), OTHER.subarray(5 * frame)]);
      const out = new Df2Framer().push(followed(PACKET, twice, PACKET));
      expect(out.map((result) => (result.ok ? 'frame' : result.error.code))).toStrictEqual([
        'frame',
        'NONIN_FRAME_LOST',
        'frame',
      ]);
    }
  });

  it('takes up a packet anew whose first frame stands twice', () => {
    const twice = Buffer.concat([OTHER.subarray(0, 5), OTHER]);
    const out = new Df2Framer().push(followed(PACKET, twice, PACKET));
    expect(out.flatMap((result) => (result.ok ? [result.value] : []))).toStrictEqual([PACKET, OTHER, PACKET]);
    expect(out.some(({ ok }) => !ok)).toBe(true);
  });

  it('holds a packet back until both bytes that begin the next one are there', () => {
    const framer = new Df2Framer();
    expect(framer.push(PACKET)).toStrictEqual([]);
    expect(framer.push(SYNC.subarray(0, 1))).toStrictEqual([]);
    expect(framer.push(SYNC.subarray(1))).toStrictEqual([{ ok: true, value: PACKET }]);
    expect(framer.counters()).toStrictEqual({ frames: 1, badFrames: 0, resyncs: 0, droppedBytes: 0 });
  });

  it('gives each packet with the status of its own first frame, and counts what it refuses', () => {
    const weak = encodeDf2({ pulseRate: 80, spo2: 97, status: DF2_STATUS.artefact });
    const framer = new Df2Framer();
    const out = framer.push(followed(PACKET, weak, OTHER));
    expect(out.map((result) => result.ok && result.value)).toStrictEqual([PACKET, weak, OTHER]);
    framer.push(OTHER.subarray(2).map((byte, at) => (at === 60 ? byte ^ 1 : byte)));
    expect(framer.counters()).toMatchObject({ frames: 3, badFrames: 1, resyncs: 1 });
  });

  it('joins in the middle of a packet without an error', () => {
    const framer = new Df2Framer();
    expect(framer.push(followed(PACKET.subarray(47), OTHER)).map(({ ok }) => ok)).toStrictEqual([true]);
    expect(framer.counters()).toStrictEqual({ frames: 1, badFrames: 0, resyncs: 0, droppedBytes: 78 });
  });
});

describe('decodeDf2', () => {
  const both = (packet: Uint8Array) =>
    decodeDf2(packet).map(({ vital, value, absent }) => [vital, value?.mantissa ?? absent]);

  it('reads a packet put together by hand from the table of the format', () => {
    const data: Record<number, number> = { 9: 97, 20: 0b10, 21: 0b0101100 };
    const bytes = Array.from({ length: 25 }, (_, i) => {
      const frame = [0x01, i === 0 ? 0x81 : 0x80, 0x33, data[i + 1] ?? 0];
      return [...frame, frame.reduce((a, b) => a + b) % 256];
    }).flat();
    const [result] = new Df2Framer().push(followed(Uint8Array.from(bytes)));
    expect(result?.ok && both(result.value)).toStrictEqual([
      ['pulseRate', 300],
      ['spo2', 97],
    ]);
  });

  it('is written with the pulse wave and the same number in each of its averages', () => {
    const byte = (frame: number, at: number) => PACKET[(frame - 1) * 5 + at]!;
    expect(Array.from({ length: 25 }, (_, i) => byte(i + 1, 2))).toStrictEqual(
      Array.from({ length: 25 }, (_, i) => i * 10),
    );
    expect([1, 14, 20, 22].map((high) => (byte(high, 3) << 7) | byte(high + 1, 3))).toStrictEqual([300, 300, 300, 300]);
    expect([3, 9, 10, 11, 16, 17].map((frame) => byte(frame, 3))).toStrictEqual(Array(6).fill(97));
    expect(encodeDf2({}).filter((_, at) => at % 5 === 2)).toStrictEqual(new Uint8Array(25));
  });

  it('joins the halves of a rate as 2 + 7 bits: 172 is not 300', () => {
    expect(both(OTHER)[0]).toStrictEqual(['pulseRate', 172]);
  });

  it('has codes and units, and the packet as raw', () => {
    expect(decodeDf2(PACKET)).toStrictEqual([
      { vital: 'pulseRate', value: { mantissa: 300, exponent: 0 }, unit: '/min', mdc: 149530, flags: 0, raw: PACKET },
      { vital: 'spo2', value: { mantissa: 97, exponent: 0 }, unit: '%', mdc: 150456, flags: 0, raw: PACKET },
    ]);
  });

  it('says what is absent, and why', () => {
    const because = (status: number, pulseRate?: number, spo2?: number) => both(encodeDf2({ status, pulseRate, spo2 }));
    expect(because(0)).toStrictEqual([
      ['pulseRate', 'no-signal'],
      ['spo2', 'no-signal'],
    ]);
    expect(because(0, 80)).toStrictEqual([
      ['pulseRate', 80],
      ['spo2', 'no-signal'],
    ]);
    expect(because(0, 0, 0)).toStrictEqual(because(0));
    expect(because(DF2_STATUS.sensorDisconnected, 80, 97).map(([, what]) => what)).toStrictEqual([
      'sensor-off',
      'sensor-off',
    ]);
    expect(because(DF2_STATUS.sensorAlarm, 80, 97).map(([, what]) => what)).toStrictEqual([
      'sensor-error',
      'sensor-error',
    ]);
  });

  it.each([
    ['artefact', DF2_STATUS.artefact, FLAG.weakSignal],
    ['out of track', DF2_STATUS.outOfTrack, FLAG.weakSignal],
    ['red perfusion', DF2_STATUS.redPerfusion, FLAG.weakSignal],
    ['yellow perfusion', DF2_STATUS.redPerfusion | DF2_STATUS.greenPerfusion, 0],
    ['green perfusion', DF2_STATUS.greenPerfusion, 0],
  ])('flags %s', (_, status, flags) => {
    expect(decodeDf2(encodeDf2({ status, pulseRate: 80, spo2: 97 })).map((reading) => reading.flags)).toStrictEqual([
      flags,
      flags,
    ]);
  });

  test.prop([
    fc.option(fc.integer({ min: 0, max: 510 }), { nil: undefined }),
    fc.option(fc.integer({ min: 0, max: 126 }), { nil: undefined }),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 25, maxLength: 25 }),
  ])('gives back what was encoded', (pulseRate, spo2, pleth) => {
    const packet = encodeDf2({ pulseRate, spo2, pleth });
    const [result] = new Df2Framer().push(followed(packet));
    expect(result).toStrictEqual({ ok: true, value: packet });
    expect(both(packet)).toStrictEqual([
      ['pulseRate', pulseRate || 'no-signal'],
      ['spo2', spo2 || 'no-signal'],
    ]);
  });
});

describe('Df2Decoder', () => {
  const bad = Uint8Array.from(PACKET, (byte, at) => (at === 62 ? byte ^ 0x10 : byte));
  const outcome = (...packets: Uint8Array[]) =>
    new Df2Decoder().push(followed(...packets)).map((out) => (out.ok ? out.value.length : out.error.code));

  it('makes one reading each of three packets', () => {
    expect(outcome(PACKET, PACKET, PACKET, PACKET, PACKET, PACKET, PACKET)).toStrictEqual([2, 0, 0, 2, 0, 0, 2]);
  });
  it('takes the next good packet when the one that is due is bad', () => {
    expect(outcome(PACKET, PACKET, PACKET, bad, PACKET, PACKET)).toStrictEqual([2, 0, 0, 'NONIN_BAD_SUM', 2, 0]);
    expect(outcome(PACKET, PACKET, bad, PACKET)).toStrictEqual([2, 0, 'NONIN_BAD_SUM', 2]);
  });
});
