// SPDX-License-Identifier: Apache-2.0
/** The leaves of a batch against their definition, and a batch that says anything else than its root does. */
import { createHmac } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../codec/cbor.ts';
import { sha256 } from '../crypto/sha256.ts';
import { leafHash } from '../merkle/hash.ts';
import { MemoryTree } from '../merkle/memory-tree.ts';
import { buildBatch, openBatch } from './batch.ts';
import { encodeLeafZero, type LeafZero } from './leaf-zero.ts';
import { encodeReading, type RecordReading } from './reading-codec.ts';
import { anyReading, steadyReadings } from './testing/readings.ts';

const SECRET = new Uint8Array(32).fill(3);
const leafZeroOf = (count: number): LeafZero => ({
  gateway: 'gw-1',
  runningNumber: 0,
  previousHash: new Uint8Array(32),
  fromMs: 0,
  toMs: 2 ** 42,
  count,
  devices: [{ handle: 'wear-1', badge: 'C', label: 'device not verified' }],
  boot: { id: '00000000000000b0', wallMs: 0, timeTrust: 1 },
  gaps: [],
});
const build = (readings: readonly RecordReading[], secret = SECRET) =>
  buildBatch(
    leafZeroOf(readings.length),
    readings.map((reading) => ({ reading, bytes: encodeReading(reading) })),
    secret,
    64,
  );

/** docs/formats.md, "Tree", in the plainest words. */
function definedTree(readings: readonly RecordReading[]): MemoryTree {
  const items = [encodeLeafZero(leafZeroOf(readings.length)), ...readings.map(encodeReading)];
  const leaves = items.map((item, i) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(i);
    const salt = createHmac('sha256', SECRET).update(number).digest().subarray(0, 16);
    const [head, place] = [encodeCbor(salt), encodeCbor(i)];
    return leafHash(sha256, Buffer.concat([Uint8Array.of(0x83), head, place, item]));
  });
  return new MemoryTree(sha256, leaves);
}

describe('the leaves of a batch', () => {
  test.prop([fc.array(anyReading, { maxLength: 40 })])('are those of the definition, sealed and opened', (readings) => {
    const { root, plaintext } = build(readings);
    const tree = definedTree(readings);
    expect(root).toEqual(tree.root());
    const opened = openBatch(plaintext, root);
    expect(opened.readings.map(encodeReading)).toEqual(readings.map(encodeReading));
    for (const [i, reading] of readings.entries()) {
      expect(opened.leaf(i + 1).bytes).toEqual(encodeReading(reading));
      expect(opened.prove(i + 1).path).toEqual(tree.inclusionProof(i + 1));
    }
  });
});

describe('a batch that was packed otherwise than hashed does not open', () => {
  const raw = Uint8Array.of(1, 2, 3);
  const honest = steadyReadings(300).map((reading, i) => (i === 200 ? { ...reading, flags: 1, raw } : reading));
  const { root } = build(honest);
  const withOne = (at: number, change: Partial<RecordReading>) => honest.with(at, { ...honest[at]!, ...change });
  const one = honest[7]!;

  it.each<[string, RecordReading[]]>([
    ['a value', withOne(7, { value: { mantissa: one.value!.mantissa + 1, exponent: 0 } })],
    ['an exponent', withOne(7, { value: { mantissa: one.value!.mantissa, exponent: 1 } })],
    ['a device time', withOne(7, { deviceTimeMs: one.deviceTimeMs! + 1 })],
    ['a receive time', withOne(7, { monotonicMs: one.monotonicMs + 1 })],
    ['a corrected time', withOne(7, { correctedMs: one.correctedMs + 1 })],
    ['a sequence', withOne(7, { sequence: one.sequence + 1 })],
    ['flags', withOne(7, { flags: 16 })],
    ['a session', withOne(7, { session: '00000000000000e1' })],
    ['a boot', withOne(7, { boot: '00000000000000b1' })],
    ['a device', withOne(7, { device: 'wear-2' })],
    ['a vital', withOne(7, { vital: 'pulseRate' })],
    ['a unit', withOne(7, { unit: '%' })],
    ['a code', withOne(7, { mdc: 0 })],
    ['a time quality', withOne(7, { timeQuality: 'received' })],
    ['a byte as received', withOne(200, { raw: Uint8Array.of(1, 2, 4) })],
    ['the last value', withOne(299, { value: { mantissa: 1, exponent: 0 } })],
    ['one moved', [...honest.slice(0, 7), honest[8]!, honest[7]!, ...honest.slice(9)]],
    ['one for another', honest.with(8, honest[7]!)],
    ['one less', honest.slice(0, -1)],
    ['one more', [...honest, one]],
  ])('%s', (_what, readings) => {
    const { plaintext } = build(readings);
    expect(() => openBatch(plaintext, root)).toThrow(expect.objectContaining({ code: 'BATCH_MALFORMED' }));
  });

  it('another secret, which means other salts', () => {
    const { plaintext } = build(honest, new Uint8Array(32).fill(4));
    expect(() => openBatch(plaintext, root)).toThrow(expect.objectContaining({ code: 'BATCH_MALFORMED' }));
  });

  it('but the honest one does', () => {
    expect(openBatch(build(honest).plaintext, root).readings).toHaveLength(300);
  });
});
