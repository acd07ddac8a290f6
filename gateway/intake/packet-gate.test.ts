// SPDX-License-Identifier: Apache-2.0
/** The gate agrees with the plain way of reading whole packets, wherever the chunks are cut. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createPacketGate } from './packet-gate.ts';

const MAX = 300;
const encode = (length: number): number[] =>
  length < 128 ? [length] : [(length % 128) | 0x80, ...encode(Math.floor(length / 128))];
const packet = (length: number) =>
  Buffer.from([0x30, ...encode(length), ...new Array<number>(Math.min(length, 1000)).fill(0xff)]);

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('packet gate', () => {
  test.prop([fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 })])(
    'lets a stream pass exactly when every packet is small enough, cut anywhere',
    (lengths, cuts) => {
      const gate = createPacketGate(MAX);
      const stream = Buffer.concat(lengths.map(packet));
      const passed = cut(stream, cuts).map(gate);
      expect(passed.every(Boolean)).toBe(lengths.every((length) => length <= MAX));
    },
  );

  it('refuses at the length bytes, before the first byte of the body', () => {
    const gate = createPacketGate(MAX);
    expect(gate(Buffer.from([0x30, 0xad]))).toBe(true);
    expect(gate(Buffer.from([0x02]))).toBe(false);
    expect(gate(packet(1))).toBe(false);
  });

  it('refuses a length of five bytes', () => {
    expect(createPacketGate(2 ** 40)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false);
    expect(createPacketGate(2 ** 40)(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toBe(true);
  });
});
