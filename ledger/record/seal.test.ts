// SPDX-License-Identifier: Apache-2.0
/** A sealed batch, leaf 0 and the keys of a stream: there and back, and every way in which they must not open. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { ed25519PublicKey, verifyingKey } from '../crypto/ed25519.ts';
import { rawPublicKey } from '../crypto/hpke.ts';
import { sha256 } from '../crypto/sha256.ts';
import { xaesKey } from '../crypto/xaes.ts';
import { LedgerError, type LedgerErrorCode } from '../errors.ts';
import { nodeHash } from '../merkle/hash.ts';
import { buildBatch, openBatch } from './batch.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import {
  decodeKeyRecord,
  encodeKeyRecord,
  openEpochKey,
  openStayKey,
  streamTag,
  wrapEpochKey,
  wrapStayKey,
} from './epoch-key.ts';
import { batchLeafHash } from './leaf.ts';
import { decodeLeafZero, encodeLeafZero, GAP_EVIDENCE_CODES, type LeafZero } from './leaf-zero.ts';
import { encodeReading } from './reading-codec.ts';
import { openEnvelope, openForDisplay, sealBatch } from './seal.ts';
import { steadyReadings } from './testing/readings.ts';

const signing = generateKeyPairSync('ed25519').privateKey;
const gatewayKey = ed25519PublicKey(signing);
const epochKey = xaesKey(randomBytes(32));
const readings = steadyReadings(37).map((reading) => ({ reading, bytes: encodeReading(reading) }));
const leafZero: LeafZero = {
  gateway: 'demo',
  runningNumber: 4,
  previousHash: new Uint8Array(32),
  fromMs: 1,
  toMs: 2,
  count: 37,
  devices: [{ handle: 'wear-1', badge: 'C', label: 'not verified' }],
  boot: { id: '00000000000000b0', wallMs: 1_795_000_000_000, timeTrust: 1 },
  gaps: [
    {
      device: 'wear-1',
      evidence: 'sequence-missing',
      fromMs: 1,
      toMs: 2,
      missing: { session: '00000000000000e0', first: 3, last: 4 },
    },
  ],
};
const input = {
  leafZero,
  readings,
  streamTag: randomBytes(16),
  epoch: 0,
  number: 7,
  epochKey,
  signingKey: signing,
  paddingBytes: 256,
  random: randomBytes,
};

function codeOf(work: () => unknown): LedgerErrorCode | 'none' {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

describe('a sealed batch', () => {
  it('opens to the readings and leaf 0 that went in, and every leaf has a path to the root', () => {
    const { envelope, signedPart } = sealBatch(input);
    const opened = openEnvelope(envelope, epochKey, gatewayKey);
    expect(opened.readings).toEqual(readings.map((r) => r.reading));
    expect(opened.leafZero).toEqual(leafZero);
    expect(opened.signedPart).toEqual(signedPart);
    for (const index of [0, 1, 37]) {
      const { bytes, salt, path } = opened.prove(index);
      expect(opened.leaf(index)).toEqual({ index, bytes, salt });
      // A plain walk up the tree: the sibling is left exactly where the index, cut at promoted ends, is odd.
      expect(walk(batchLeafHash(sha256, salt, index, bytes), path, index, 38)).toEqual(Buffer.from(opened.header.root));
    }
  });

  it('is padded, and its size tells only the bucket', () => {
    const sizes = [1, 2, 3].map(
      (n) =>
        decodeEnvelope(
          sealBatch({ ...input, leafZero: { ...leafZero, count: n }, readings: readings.slice(0, n) }).envelope,
        ).ciphertext.length,
    );
    expect(new Set(sizes)).toEqual(new Set([256 + 16]));
  });

  test.prop([fc.nat(), fc.integer({ min: 1, max: 255 })])('does not open after any change of any byte', (at, flip) => {
    const envelope = Uint8Array.from(sealBatch(input).envelope);
    envelope[at % envelope.length]! ^= flip;
    expect(codeOf(() => openEnvelope(envelope, epochKey, gatewayKey))).not.toBe('none');
    expect(codeOf(() => openForDisplay(envelope, epochKey, verifyingKey(gatewayKey)!))).not.toBe('none');
  });

  it('opens for display to the same numbers, whoever imported the key', () => {
    const { envelope } = sealBatch(input);
    const { columns, ...opened } = openForDisplay(envelope, epochKey, gatewayKey);
    expect(opened.leafZero).toEqual(leafZero);
    expect([...columns.mantissa]).toEqual(readings.map(({ reading }) => reading.value!.mantissa));
    expect([...columns.correctedMs]).toEqual(readings.map(({ reading }) => reading.correctedMs));
    expect([...columns.sequence]).toEqual(readings.map(({ reading }) => reading.sequence));
    expect(openForDisplay(envelope, epochKey, verifyingKey(gatewayKey)!).columns).toEqual(columns);
  });

  it('of a gateway that sealed other readings than its root says is shown, but neither proved nor checked', () => {
    // The bytes that leaves are hashed from differ from the readings that are packed.
    const lie = readings.map(({ reading }, i) => ({ reading, bytes: readings[i === 0 ? 1 : i]!.bytes }));
    const { envelope } = sealBatch({ ...input, readings: lie });
    expect(openForDisplay(envelope, epochKey, gatewayKey).columns.count).toBe(readings.length);
    expect(codeOf(() => openEnvelope(envelope, epochKey, gatewayKey))).toBe('BATCH_MALFORMED');
  });

  test.prop([fc.uint8Array({ maxLength: 300 })])('random bytes are our own error', (bytes) => {
    expect(codeOf(() => openEnvelope(bytes, epochKey, gatewayKey))).toMatch(/CBOR_NOT_CANONICAL|ENVELOPE_MALFORMED/);
  });

  it('does not open under a root that its readings do not hash to, though seal and signature are right', () => {
    const { root, plaintext } = buildBatch(leafZero, readings, randomBytes(32), 256);
    expect(openBatch(plaintext, root).readings.length).toBe(37);
    const other = Uint8Array.from(root);
    other[31]! ^= 1;
    expect(codeOf(() => openBatch(plaintext, other))).toBe('BATCH_MALFORMED');
  });

  it('says what is wrong: signature, seal, or content', () => {
    const { envelope } = sealBatch(input);
    const parts = decodeEnvelope(envelope);
    const otherSignature = encodeEnvelope({ ...parts, signature: randomBytes(64) });
    expect(codeOf(() => openEnvelope(otherSignature, epochKey, gatewayKey))).toBe('ENVELOPE_SIGNATURE');
    expect(codeOf(() => openEnvelope(envelope, xaesKey(randomBytes(32)), gatewayKey))).toBe('SEAL_BROKEN');
    const lie = sealBatch({ ...input, leafZero: { ...leafZero, count: 38 } }).envelope;
    expect(codeOf(() => openEnvelope(lie, epochKey, gatewayKey))).toBe('BATCH_MALFORMED');
  });
});

describe('leaf 0', () => {
  it.each(Object.keys(GAP_EVIDENCE_CODES) as (keyof typeof GAP_EVIDENCE_CODES)[])(
    'keeps a gap with evidence %s',
    (evidence) => {
      const leaf = { ...leafZero, gaps: [{ device: 'wear-1', evidence, fromMs: 5, toMs: 9 }] };
      expect(decodeLeafZero(encodeLeafZero(leaf))).toEqual(leaf);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 100 })])('random bytes are our own error', (bytes) => {
    expect(() => decodeLeafZero(bytes)).toThrow(LedgerError);
  });
});

describe('keys of a stream', () => {
  let care: KeyObject;
  let gateway: KeyObject;
  const key = randomBytes(32);
  const tag = randomBytes(16);
  beforeAll(() => {
    care = generateKeyPairSync('x25519').privateKey;
    gateway = generateKeyPairSync('x25519').privateKey;
  });
  const publicOf = (privateKey: KeyObject) => rawPublicKey(createPublicKey(privateKey));

  it('open for each recipient, and for nobody else', async () => {
    const recipients = [
      { id: 'care', publicKey: publicOf(care) },
      { id: 'gateway', publicKey: publicOf(gateway) },
    ];
    const record = decodeKeyRecord(encodeKeyRecord(await wrapEpochKey(key, tag, 3, recipients, signing)));
    expect((await openEpochKey(record, 'care', care, gatewayKey)).export()).toEqual(key);
    expect((await openEpochKey(record, 'gateway', gateway, gatewayKey)).export()).toEqual(key);
    await expect(openEpochKey(record, 'care', gateway, gatewayKey)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    await expect(openEpochKey(record, 'other', care, gatewayKey)).rejects.toMatchObject({ code: 'KEY_RECORD_REFUSED' });
    await expect(openEpochKey({ ...record, epoch: 4 }, 'care', care, gatewayKey)).rejects.toMatchObject({
      code: 'KEY_RECORD_REFUSED',
    });
  });

  it('a stay key opens for its own stay only, and names streams that share nothing', async () => {
    const sealed = await wrapStayKey(key, 'a'.repeat(32), { id: 'care', publicKey: publicOf(care) });
    const stayKey = await openStayKey(sealed, 'a'.repeat(32), 'care', care);
    await expect(openStayKey(sealed, 'b'.repeat(32), 'care', care)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    const tags = [
      streamTag(stayKey, 'numeric', 0),
      streamTag(stayKey, 'numeric', 1),
      streamTag(stayKey, 'waveform', 0),
    ];
    expect(new Set(tags.map((t) => Buffer.from(t).toString('hex'))).size).toBe(3);
  });
});

/** Root from a leaf and its path, recursively as RFC 6962 2.1.1 defines the path: the independent twin. */
function walk(leaf: Uint8Array, path: readonly Uint8Array[], index: number, size: number): Buffer {
  if (size === 1) return Buffer.from(leaf);
  const half = 2 ** Math.floor(Math.log2(size - 1));
  const sibling = path.at(-1)!;
  const rest = path.slice(0, -1);
  return index < half
    ? Buffer.from(nodeHash(sha256, walk(leaf, rest, index, half), sibling))
    : Buffer.from(nodeHash(sha256, sibling, walk(leaf, rest, index - half, size - half)));
}
