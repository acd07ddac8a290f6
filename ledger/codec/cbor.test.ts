// SPDX-License-Identifier: Apache-2.0
/** Deterministic CBOR: published vectors, independent libraries, and everything that must be refused. */
import { existsSync, readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { cdeDecodeOptions, decode as judge } from 'cbor2';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { describe, expect, it } from 'vitest';
import { LedgerError } from '../errors.ts';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';

const vectors = new URL('../../../shared/vectors/cbor/', import.meta.url);
const value = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.uniqueArray(fc.tuple(fc.integer(), tie('value')), { selector: ([k]) => k, maxLength: 5 }).map((e) => new Map(e)),
  ),
})).value;

/** The plain way: a lax library decodes, the profile is checked, and encoding again must give the same bytes. */
function plainTwin(bytes: Uint8Array): CborValue | undefined {
  try {
    const found = decode(bytes, { useMaps: true, strict: true, allowUndefined: false, allowBigInt: true }) as CborValue;
    return inProfile(found) && Buffer.compare(encode(found, rfc8949EncodeOptions), bytes) === 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

function inProfile(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(inProfile);
  if (value instanceof Map) return [...value].every(([key, item]) => Number.isSafeInteger(key) && inProfile(item));
  return typeof value !== 'bigint';
}

function decodedOrUndefined(bytes: Uint8Array): CborValue | undefined {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CBOR_NOT_CANONICAL' });
    return undefined;
  }
}

describe('deterministic CBOR', () => {
  test.prop([value])('encodes as the plain twin does', (x) => {
    expect(encodeCbor(x)).toEqual(Uint8Array.from(encode(x, rfc8949EncodeOptions)));
  });

  test.prop([value, fc.nat(), fc.integer({ min: 0, max: 255 })], { numRuns: 1000 })(
    'accepts what the plain twin accepts, and nothing else, when a byte is changed',
    (x, at, byte) => {
      const bytes = encodeCbor(x);
      bytes[at % bytes.length] = byte;
      expect(decodedOrUndefined(bytes)).toEqual(plainTwin(bytes));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 24 })], { numRuns: 1000 })(
    'agrees with the plain twin on random bytes',
    (bytes) => {
      expect(decodedOrUndefined(bytes)).toEqual(plainTwin(bytes));
    },
  );

  test.prop([value])('decode(encode(x)) = x, and an independent strict decoder accepts the bytes', (x) => {
    const bytes = encodeCbor(x);
    expect(decodeCbor(bytes)).toEqual(x);
    expect(() => judge(bytes, { ...cdeDecodeOptions, rejectLongFloats: true })).not.toThrow();
  });

  test.prop([fc.uint8Array({ maxLength: 64 })])(
    'random bytes give a value with one encoding, or CBOR_NOT_CANONICAL',
    (bytes) => {
      try {
        expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(LedgerError);
        expect((error as LedgerError).code).toBe('CBOR_NOT_CANONICAL');
      }
    },
  );

  it.each([
    ['unsorted map keys', 'a2020101 01'],
    ['a float', 'f93c00'],
    ['a long float', 'fb3ff0000000000000'],
    ['a long integer', '1800'],
    ['a long length', '5800'],
    ['an integer beyond 2^53', '1b0020000000000000'],
    ['a negative integer beyond -2^53', '3b001fffffffffffff'],
    ['a map key twice', 'a201010101'],
    ['a text that is not UTF-8', '61ff'],
    ['undefined', 'f7'],
    ['an array longer than the input', '9b001fffffffffffff00'],
    ['an indefinite array', '9f01ff'],
    ['trailing bytes', '0000'],
    ['a tag', 'c100'],
    ['a text map key', 'a1616101'],
    ['nested arrays without end', '81'.repeat(40_000)],
    ['nothing', ''],
  ])('refuses %s', (_name, hex) => {
    expect(() => decodeCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(LedgerError);
  });

  it.skipIf(!existsSync(vectors))('agrees with RFC 7049 Appendix A wherever the profile allows the value', () => {
    const cases = JSON.parse(readFileSync(new URL('appendix_a.json', vectors), 'utf8')) as {
      hex: string;
      decoded?: unknown;
      roundtrip: boolean;
    }[];
    let checked = 0;
    for (const { hex, decoded, roundtrip } of cases) {
      const inProfile =
        roundtrip && (Number.isSafeInteger(decoded) || typeof decoded === 'string' || typeof decoded === 'boolean');
      if (!inProfile || /^(f9|fa|fb|c|d)/.test(hex)) continue;
      expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(decoded);
      checked++;
    }
    expect(checked).toBe(23);
  });
});
