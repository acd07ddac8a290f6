// SPDX-License-Identifier: Apache-2.0
/** Ed25519 and SHA-256 on both backends: Wycheproof, agreement, and the keys on which libraries differ. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { ed25519PublicKey, ed25519Sign, ed25519Verify, signTyped, verifyingKey, verifyTyped } from './ed25519.ts';
import { nobleCrypto } from './noble.ts';
import { nodeCrypto } from './node.ts';
import { type SignedType, typedMessage } from './typed-message.ts';

const file = new URL('../../../shared/vectors/wycheproof/ed25519_test.json', import.meta.url);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const { Point } = ed25519;
const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

interface Group {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly { tcId: number; msg: string; sig: string; result: string }[];
}

describe.each([
  ['node:crypto', nodeCrypto],
  ['@noble', nobleCrypto],
])('Ed25519 by %s', (_, crypto) => {
  it.skipIf(!existsSync(file))('answers all 151 Wycheproof cases as they say', () => {
    const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as { testGroups: Group[] };
    const cases = testGroups.flatMap((g) => g.tests.map((t) => ({ ...t, pk: g.publicKey.pk })));
    expect(cases.length).toBe(151);
    const wrong = cases.filter(
      (t) => crypto.ed25519Verify(hex(t.pk), hex(t.msg), hex(t.sig)) !== (t.result === 'valid'),
    );
    expect(wrong.map((t) => t.tcId)).toEqual([]);
  });

  it('refuses every key of small order, canonical or not', () => {
    const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const points = Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : torsion.multiplyUnsafe(BigInt(i))));
    const zeroPlusP = hex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
    expect(new Set(points.map((p) => p.toHex())).size).toBe(8);
    for (const key of [...points.map((p) => p.toBytes()), zeroPlusP]) {
      // R = identity and S = 0 fits every message under such a key.
      const signature = new Uint8Array(64);
      signature[0] = 1;
      expect(crypto.ed25519Verify(key, randomBytes(8), signature)).toBe(false);
    }
  });

  it('refuses a signature that only holds times the cofactor', () => {
    const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const [a, r, message] = [12345n, 67890n, hex('00ff')];
    const key = Point.BASE.multiply(a).add(torsion).toBytes();
    const bigR = Point.BASE.multiply(r).toBytes();
    const k = littleEndian(sha512(Buffer.concat([bigR, key, message]))) % Point.Fn.ORDER;
    const s = Buffer.from(((r + k * a) % Point.Fn.ORDER).toString(16).padStart(64, '0'), 'hex').reverse();
    const signature = Uint8Array.from(Buffer.concat([bigR, s]));
    expect(ed25519.verify(signature, message, key, { zip215: false })).toBe(true);
    expect(crypto.ed25519Verify(key, message, signature)).toBe(false);
  });

  it('is false for wrong lengths', () => {
    expect(crypto.ed25519Verify(new Uint8Array(31), hex('00'), new Uint8Array(64))).toBe(false);
    expect(crypto.ed25519Verify(new Uint8Array(32).fill(9), hex('00'), new Uint8Array(63))).toBe(false);
  });
});

describe('a key that is imported', () => {
  it('is none of small order and none that is not reduced, whatever the library beneath would take', () => {
    const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const small = Array.from({ length: 7 }, (_, i) => torsion.multiplyUnsafe(BigInt(i + 1)).toBytes());
    const prime = 2n ** 255n - 19n;
    const unreduced = Array.from({ length: 19 }, (_, i) =>
      Uint8Array.from(Buffer.from((prime + BigInt(i)).toString(16), 'hex').reverse()),
    );
    for (const key of [...small, Point.ZERO.toBytes(), ...unreduced]) {
      const otherSign = key.map((byte, at) => (at === 31 ? byte ^ 0x80 : byte));
      expect([verifyingKey(key), verifyingKey(otherSign)], Buffer.from(key).toString('hex')).toEqual([
        undefined,
        undefined,
      ]);
    }
    const honest = ed25519PublicKey(generateKeyPairSync('ed25519').privateKey);
    expect(verifyingKey(honest)).toBeDefined();
    for (const bytes of [honest.subarray(1), Uint8Array.of(...honest, 0)]) expect(verifyingKey(bytes)).toBeUndefined();
  });
});

test.prop([fc.constantFrom('batch', 'epoch-key', 'command', 'heartbeat', 'gateway-key'), fc.uint8Array()])(
  'a typed message has its type in front, and a zero',
  (type, bytes) => {
    const plain = Buffer.concat([Buffer.from(`lamplight/${type}/1`), Buffer.alloc(1), bytes]);
    expect(Buffer.from(typedMessage(type as SignedType, bytes))).toEqual(plain);
  },
);

describe('both backends', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = ed25519PublicKey(privateKey);

  test.prop([fc.uint8Array({ maxLength: 300 }), fc.nat(63), fc.nat(7)], { numRuns: 30 })(
    'agree on good and on flipped signatures, and on hashes',
    (message, at, bit) => {
      const signature = Uint8Array.from(ed25519Sign(message, privateKey));
      expect(nobleCrypto.sha256(message)).toEqual(Uint8Array.from(nodeCrypto.sha256(message)));
      for (const crypto of [nodeCrypto, nobleCrypto])
        expect(crypto.ed25519Verify(publicKey, message, signature)).toBe(true);
      signature[at]! ^= 1 << bit;
      for (const crypto of [nodeCrypto, nobleCrypto])
        expect(crypto.ed25519Verify(publicKey, message, signature)).toBe(false);
    },
  );

  it('a typed signature fits its type only', () => {
    const bytes = randomBytes(20);
    const signature = signTyped('batch', bytes, privateKey);
    expect(verifyTyped('batch', bytes, publicKey, signature)).toBe(true);
    expect(verifyTyped('command', bytes, publicKey, signature)).toBe(false);
    expect(ed25519Verify(publicKey, bytes, signature)).toBe(false);
  });
});
