// SPDX-License-Identifier: Apache-2.0
/** Deterministic CBOR: published vectors, independent libraries, and everything that must be refused. */
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { fc, test } from '@fast-check/vitest';
import { cdeDecodeOptions, decode as judge } from 'cbor2';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { describe, expect, it } from 'vitest';
import { LedgerError } from '../errors.ts';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';

const vectors = new URL('../../../shared/vectors/cbor/', import.meta.url);
/** Where a head grows by a byte or more, and one less and one more. */
const EDGES = [0, 24, 0x100, 0x1_0000, 0x1_0000_0000, Number.MAX_SAFE_INTEGER].flatMap((n) => [n - 1, n, n + 1]);
const SAFE_EDGES = EDGES.flatMap((n) => [n, -1 - n]).filter(Number.isSafeInteger);
const key = fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 }), fc.constantFrom(...SAFE_EDGES));
const value = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.constantFrom(...SAFE_EDGES),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary-ascii', size: 'medium' }),
    fc.uint8Array(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.uniqueArray(fc.tuple(key, tie('value')), { selector: ([k]) => k, maxLength: 5 }).map((e) => new Map(e)),
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
    if (error instanceof LedgerError && error.code === 'CBOR_NOT_CANONICAL') return undefined;
    throw error;
  }
}

function bigEndian(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn));
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

  it('agrees with the plain twin on every first byte and width of argument, as a value and as a map key', () => {
    const numbers = EDGES.map((n) => BigInt(n)).filter((n) => n >= 0n);
    const bodies = [0, 1, 2, 4, 8].flatMap((width) =>
      [0n, 16n, ...numbers].filter((n) => n >> BigInt(8 * width) === 0n).map((n) => bigEndian(n, width)),
    );
    const heads = Array.from({ length: 256 }, (_, first) => bodies.map((body) => [first, ...body])).flat();
    const forms = heads.flatMap((head) => [head, [0xa1, ...head, 0], [0xa1, ...head, 0x40, 0]]);
    const differ = forms
      .map((form) => Uint8Array.from(form))
      .filter((bytes) => !isDeepStrictEqual(decodedOrUndefined(bytes), plainTwin(bytes)));
    expect(differ).toEqual([]);
  });

  it.each([
    ['an array', (inner: CborValue): CborValue => [inner]],
    ['a map', (inner: CborValue): CborValue => new Map([[0, inner]])],
  ])('takes %s in 15 others and refuses it in 16', (_name, wrap) => {
    const nested = (levels: number): CborValue => (levels === 0 ? 0 : wrap(nested(levels - 1)));
    expect(decodeCbor(encodeCbor(nested(16)))).toEqual(nested(16));
    expect(decodedOrUndefined(encodeCbor(nested(17)))).toBeUndefined();
  });

  it('takes a MiB and refuses a byte more', () => {
    const whole = (bytes: number): Uint8Array => encodeCbor(new Uint8Array(bytes - 5));
    expect(decodeCbor(whole(1 << 20))).toHaveLength((1 << 20) - 5);
    expect(decodedOrUndefined(whole((1 << 20) + 1))).toBeUndefined();
  });

  it('gives byte strings that are copies, also out of a Buffer', () => {
    const bytes = Buffer.from('4201ff', 'hex');
    const found = decodeCbor(bytes);
    bytes.fill(0);
    expect(found).toEqual(Uint8Array.of(1, 0xff));
  });

  it('keeps the byte order mark of a text, or two encodings would mean the same', () => {
    for (const text of ['\u{feff}', '\u{feff}a', `\u{feff}${'a'.repeat(30)}`])
      expect(decodeCbor(encodeCbor(text))).toBe(text);
  });

  test.prop([fc.oneof(fc.double(), fc.constantFrom(2 ** 53, -(2 ** 53), 1n, undefined, {}, new Date(0)))])(
    'what is no value of the profile is a TypeError, alone, in an array, and in a map',
    (junk) => {
      if (Number.isSafeInteger(junk)) return;
      for (const x of [junk, [junk], new Map([[0, junk]])]) expect(() => encodeCbor(x as CborValue)).toThrow(TypeError);
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
