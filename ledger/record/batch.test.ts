// SPDX-License-Identifier: Apache-2.0
/** Salts, padding, what the signature covers, what a wrap is bound to, and series that differ in one thing: each against its plain twin. */
import { createHmac, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { encode, rfc8949EncodeOptions } from 'cborg';
import { describe, expect, it } from 'vitest';
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { ed25519PublicKey } from '../crypto/ed25519.ts';
import { rawPublicKey } from '../crypto/hpke.ts';
import { sha256 } from '../crypto/sha256.ts';
import { buildBatch, openBatch } from './batch.ts';
import { openColumns, packColumns, readingsOf } from './columns.ts';
import { signedPart } from './envelope.ts';
import { openEpochKey, wrapEpochKey } from './epoch-key.ts';
import { decodeHeader, encodeHeader } from './header.ts';
import { decodeLeafZero, encodeLeafZero, GAP_EVIDENCE_CODES, type LeafZero } from './leaf-zero.ts';
import { decodeReading, encodeReading, type RecordReading } from './reading-codec.ts';
import { anyReading, steadyReadings } from './testing/readings.ts';

const leafZero: LeafZero = {
  gateway: 'demo',
  runningNumber: 4,
  previousHash: new Uint8Array(32),
  fromMs: 1,
  toMs: 2,
  count: 5,
  devices: [],
  boot: { id: '00000000000000b0', wallMs: 1_795_000_000_000, timeTrust: 1 },
  gaps: [],
};
const readings = steadyReadings(5).map((reading) => ({ reading, bytes: encodeReading(reading) }));
const batchSecret = new Uint8Array(randomBytes(32));
const { root, plaintext } = buildBatch(leafZero, readings, batchSecret, 256);
const malformed = (bytes: Uint8Array) =>
  expect(() => openBatch(bytes, root)).toThrow(expect.objectContaining({ code: 'BATCH_MALFORMED' }));

describe('a batch', () => {
  it('salts each leaf with an HMAC of its index under the secret of the batch', () => {
    const opened = openBatch(plaintext, root);
    for (let index = 0; index <= 5; index++) {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(index);
      const plain = createHmac('sha256', batchSecret).update(number).digest().subarray(0, 16);
      expect(Buffer.from(opened.leaf(index).salt)).toEqual(plain);
    }
  });

  it('has zeros for its padding, and the length of its content in front', () => {
    const length = Buffer.from(plaintext).readUInt32BE(0);
    expect(plaintext.length % 256).toBe(0);
    expect(openBatch(plaintext.subarray(0, 4 + length), root).readings).toHaveLength(5);
    for (const at of [4 + length, plaintext.length - 1]) malformed(plaintext.map((byte, i) => (i === at ? 1 : byte)));
    malformed(plaintext.subarray(0, 3 + length));
    for (const bytes of [0, 1, 3]) malformed(plaintext.subarray(0, bytes));
  });
});

describe('what a gateway signs', () => {
  it('is the header, and the hash of nonce and ciphertext', () => {
    const [header, nonce, ciphertext] = [randomBytes(80), randomBytes(24), randomBytes(300)];
    const plain = encode([header, sha256(Buffer.concat([nonce, ciphertext]))], rfc8949EncodeOptions);
    expect(Buffer.from(signedPart({ header, nonce, ciphertext }))).toEqual(Buffer.from(plain));
  });
});

describe('a wrap of an epoch key', () => {
  it('opens for its own stream, epoch and reader, though the record around it is signed', async () => {
    const signing = generateKeyPairSync('ed25519').privateKey;
    const gatewayKey = ed25519PublicKey(signing);
    const { privateKey } = generateKeyPairSync('x25519');
    const publicKey = rawPublicKey(createPublicKey(privateKey));
    const [key, tag] = [randomBytes(32), randomBytes(16)];
    const record = (ofTag: Uint8Array, epoch: number, id: string) =>
      wrapEpochKey(key, ofTag, epoch, [{ id, publicKey }], signing);
    const own = await record(tag, 3, 'care');
    expect((await openEpochKey(own, 'care', privateKey, gatewayKey)).export()).toEqual(key);
    const strange = [
      await record(tag, 4, 'care'),
      await record(randomBytes(16), 3, 'care'),
      await record(tag, 3, 'carer'),
    ];
    for (const { wraps } of strange) {
      const moved = { ...own, wraps: wraps.map((wrap) => ({ ...wrap, recipient: 'care' })) };
      await expect(openEpochKey(moved, 'care', privateKey, gatewayKey)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    }
    const other = await wrapEpochKey(randomBytes(32), tag, 3, [{ id: 'care', publicKey }], signing);
    const swapped = { ...own, wraps: other.wraps };
    await expect(openEpochKey(swapped, 'care', privateKey, gatewayKey)).rejects.toMatchObject({
      code: 'KEY_RECORD_REFUSED',
    });
  });
});

/** One reading, and others that differ from it in one thing each. */
const BASE = steadyReadings(1)[0]!;
const { deviceTimeMs: _time, ...untimed } = BASE;
const { value: _value, ...unvalued } = BASE;
const VARIANTS: readonly [string, RecordReading][] = [
  ['vital', { ...BASE, vital: 'pulseRate' }],
  ['device', { ...BASE, device: 'wear-2' }],
  ['session', { ...BASE, session: '00000000000000e1' }],
  ['flags', { ...BASE, flags: 1 }],
  ['exponent', { ...BASE, value: { mantissa: 720, exponent: -1 } }],
  ['absence', { ...unvalued, absent: 'no-signal' }],
  ['mdc', { ...BASE, mdc: 149530 }],
  ['boot', { ...BASE, boot: '00000000000000b1' }],
  ['time quality', { ...BASE, timeQuality: 'received' }],
  ['device time', untimed],
];

describe('series', () => {
  const back = (list: readonly RecordReading[]) =>
    readingsOf(openColumns(packColumns(encodeLeafZero(leafZero), list))).map(encodeReading);

  it.each(VARIANTS)('are told apart by %s alone, whoever takes turns', (_what, variant) => {
    for (const order of ['abaabba', 'abab', 'bbaab', 'aabbab']) {
      const list = [...order].map((letter, i) => ({ ...(letter === 'a' ? BASE : variant), sequence: i }));
      expect(back(list), order).toEqual(list.map(encodeReading));
    }
  });

  it('are told apart by unit alone, and by the reason of an absence', () => {
    const warm: RecordReading = { ...BASE, vital: 'temperature', unit: 'Cel' };
    const pairs: [RecordReading, RecordReading][] = [
      [warm, { ...warm, unit: '[degF]' }],
      [
        { ...unvalued, absent: 'no-signal' },
        { ...unvalued, absent: 'sensor-off' },
      ],
    ];
    for (const [a, b] of pairs) {
      const list = [a, b, a, a, b, b, a];
      expect(back(list)).toEqual(list.map(encodeReading));
    }
  });

  test.prop([fc.array(fc.constantFrom(BASE, ...VARIANTS.map(([, variant]) => variant)), { maxLength: 40 })])(
    'come back in any order',
    (list) => {
      expect(back(list)).toEqual(list.map(encodeReading));
    },
  );
});

describe('a map of the record', () => {
  const keyless = (bytes: Uint8Array) => encodeCbor(new Map([...(decodeCbor(bytes) as CborMap), [99, 0]]));
  test.prop([anyReading])('has no other key', (reading) => {
    expect(() => decodeReading(keyless(encodeReading(reading)))).toThrow(
      expect.objectContaining({ code: 'READING_MALFORMED' }),
    );
  });

  it('of leaf 0 neither', () => {
    expect(() => decodeLeafZero(keyless(encodeLeafZero(leafZero)))).toThrow(
      expect.objectContaining({ code: 'BATCH_MALFORMED' }),
    );
  });

  it('of a header neither, nor another version or algorithm', () => {
    const tag = new Uint8Array(16);
    const header = encodeHeader({ version: 2, algorithm: 1, streamTag: tag, epoch: 0, number: 7, root });
    expect(decodeHeader(header).number).toBe(7);
    const map = decodeCbor(header) as CborMap;
    const changed = [1, 2].flatMap((key) => [0, 3].map((value) => encodeCbor(new Map(map).set(key, value))));
    for (const bytes of [keyless(header), ...changed])
      expect(() => decodeHeader(bytes)).toThrow(expect.objectContaining({ code: 'ENVELOPE_MALFORMED' }));
  });

  it('of leaf 0 has gaps of four or seven parts with known evidence, and known badges', () => {
    const map = decodeCbor(encodeLeafZero(leafZero)) as CborMap;
    const session = new Uint8Array(8);
    const withPart = (key: number, item: CborValue) => encodeCbor(new Map(map).set(key, [item]));
    const gap: CborValue[] = ['wear-1', GAP_EVIDENCE_CODES['sequence-missing'], 1, 2];
    for (const good of [gap, [...gap, session, 3, 4]]) expect(decodeLeafZero(withPart(8, good)).gaps).toHaveLength(1);
    expect(decodeLeafZero(withPart(6, ['wear-1', 'A', 'x'])).devices).toHaveLength(1);
    const bad = [gap.slice(0, 3), [...gap, session], [...gap, session, 3], gap.with(1, 200), gap.with(1, 'x')];
    for (const bytes of [...bad.map((one) => withPart(8, one)), withPart(6, ['wear-1', 'E', 'x'])])
      expect(() => decodeLeafZero(bytes)).toThrow(expect.objectContaining({ code: 'BATCH_MALFORMED' }));
  });

  it('of columns has three parts', () => {
    const parts = decodeCbor(packColumns(encodeLeafZero(leafZero), [BASE])) as readonly CborValue[];
    expect(openColumns(encodeCbor(parts)).count).toBe(1);
    for (const count of [0, 1, 2])
      expect(() => openColumns(encodeCbor(parts.slice(0, count)))).toThrow(
        expect.objectContaining({ code: 'BATCH_MALFORMED' }),
      );
  });

  it('of a reading has a value or the reason why there is none', () => {
    const absent: RecordReading = { ...unvalued, absent: 'no-signal' };
    const [valued, none] = [BASE, absent].map((one) => decodeCbor(encodeReading(one)) as CborMap) as [CborMap, CborMap];
    const both = new Map([...valued, ...none]);
    const neither = new Map([...valued].filter(([key]) => none.has(key)));
    for (const map of [both, neither])
      expect(() => decodeReading(encodeCbor(map))).toThrow(expect.objectContaining({ code: 'READING_MALFORMED' }));
  });
});
