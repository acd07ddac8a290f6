// SPDX-License-Identifier: Apache-2.0
/** XAES-256-GCM: the specification's vectors and accumulated run, and what does not open. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { gcm } from '@noble/ciphers/aes.js';
import { describe, expect, it } from 'vitest';
import { LedgerError } from '../errors.ts';
import { xaesKey, xaesOpen, xaesSeal } from './xaes.ts';

const file = new URL('../../../shared/vectors/xaes/xaes256gcm.json', import.meta.url);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('XAES-256-GCM', () => {
  it.skipIf(!existsSync(file))('reproduces the vectors of the specification, with noble for the last step', () => {
    const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Record<string, string>[] };
    expect(vectors.length).toBe(2);
    for (const v of vectors) {
      const [key, nonce, plaintext, aad] = [
        hex(v['key']!),
        hex(v['nonce']!),
        hex(v['plaintext']!),
        hex(v['aad'] ?? ''),
      ];
      expect(Buffer.from(xaesSeal(xaesKey(key), nonce, plaintext, aad)).toString('hex')).toBe(v['ciphertext']);
      expect(xaesOpen(xaesKey(key), nonce, hex(v['ciphertext']!), aad)).toEqual(plaintext);
      const byNoble = gcm(hex(v['derivedKey']!), hex(v['derivedNonce']!), aad).encrypt(plaintext);
      expect(Buffer.from(byNoble).toString('hex')).toBe(v['ciphertext']);
    }
  });

  it.skipIf(!existsSync(file))('reproduces the accumulated run of 10,000 iterations', () => {
    const { accumulated } = JSON.parse(readFileSync(file, 'utf8')) as {
      accumulated: { results: { iterations: number; output?: string; [k: string]: unknown }[] };
    };
    const expected = accumulated.results.find((r) => r.iterations === 10_000)!;
    const stream = createHash('shake128', { outputLength: 10_000 * 600 })
      .update('')
      .digest();
    const sink = createHash('shake128', { outputLength: 32 });
    let at = 0;
    const take = (n: number): Buffer => {
      at += n;
      return stream.subarray(at - n, at);
    };
    for (let i = 0; i < 10_000; i++) {
      const [key, nonce] = [take(32), take(24)];
      const plaintext = take(take(1)[0]!);
      const aad = take(take(1)[0]!);
      sink.update(xaesSeal(xaesKey(key), nonce, plaintext, aad));
    }
    expect(Object.values(expected)).toContain(sink.digest('hex'));
  });

  test.prop([fc.uint8Array(), fc.uint8Array(), fc.nat()])(
    'opens what it sealed, and nothing that was changed',
    (plaintext, aad, at) => {
      const key = xaesKey(randomBytes(32));
      const nonce = randomBytes(24);
      const sealed = xaesSeal(key, nonce, plaintext, aad);
      expect(Buffer.from(xaesOpen(key, nonce, sealed, aad))).toEqual(Buffer.from(plaintext));
      sealed[at % sealed.length]! ^= 1;
      expect(() => xaesOpen(key, nonce, sealed, aad)).toThrow(LedgerError);
    },
  );

  it('refuses wrong sizes', () => {
    expect(() => xaesKey(new Uint8Array(16))).toThrow(RangeError);
    expect(() =>
      xaesOpen(xaesKey(new Uint8Array(32)), new Uint8Array(12), new Uint8Array(40), new Uint8Array()),
    ).toThrow(LedgerError);
  });
});
