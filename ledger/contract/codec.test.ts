// SPDX-License-Identifier: Apache-2.0
/** Commands, values and details as bytes: there and back, one encoding for each, and nothing but coded errors for the rest. */
import { createHash } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { encode, rfc8949EncodeOptions } from 'cborg';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { parseRefusal, refusalText } from './answer.ts';
import { COMMAND_CODES } from './commands.ts';
import { commitTo, DETAILS, type Details, type DetailsKind, openDetails } from './details.ts';
import { CONTRACT_ERRORS, type ContractErrorCode } from './errors.ts';
import { fromCbor, type RecordForm, toCbor } from './form.ts';
import { READS } from './reads.ts';
import { commandEntry, commandInEntry, decodeSignedCommand, signCommand } from './signed-command.ts';
import * as state from './state.ts';
import { arbitraryCommand, arbitraryOf } from './testing/arbitrary.ts';

const { sha256 } = nodeCrypto;
const sign = () => new Uint8Array(64).fill(7);
const refuse = (detail: string): Error => new RangeError(detail);

function decoded(bytes: Uint8Array) {
  try {
    return decodeSignedCommand(bytes, sha256);
  } catch (error) {
    expect(error).toMatchObject({ code: 'COMMAND_MALFORMED' });
    return undefined;
  }
}

describe('a signed command', () => {
  test.prop([arbitraryCommand], { numRuns: 500 })('comes back from its bytes and from its log entry', (command) => {
    const bytes = signCommand(command, sign);
    const { id, ...signed } = decodeSignedCommand(bytes, sha256);
    expect(signed.command).toEqual(command);
    expect(Buffer.from(id)).toEqual(createHash('sha256').update(bytes).digest().subarray(0, 16));
    expect(Uint8Array.from(commandInEntry(commandEntry(bytes))!)).toEqual(Uint8Array.from(bytes));
  });

  test.prop([arbitraryCommand, fc.nat(), fc.integer({ min: 0, max: 255 })], { numRuns: 1000 })(
    'has no second encoding: a changed byte is refused or makes another command',
    (command, at, byte) => {
      const bytes = signCommand(command, sign);
      bytes[at % bytes.length] = byte;
      const found = decoded(bytes);
      if (found)
        expect(Uint8Array.from(signCommand(found.command, () => found.signature))).toEqual(Uint8Array.from(bytes));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 300 })], { numRuns: 1000 })('is not made of random bytes', (bytes) => {
    decoded(bytes);
  });

  it('is on the wire as another library writes it by hand', () => {
    const [consent, device] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
    const map = new Map<number, unknown>([
      [0, 8],
      [1, 'NorthMSP'],
      [2, device],
      [3, 1_795_000_000_000],
      [10, consent],
    ]);
    const byHand = encode([map, new Uint8Array(64).fill(7)], rfc8949EncodeOptions);
    const command = { type: 'revokeConsent', org: 'NorthMSP', device, at: 1_795_000_000_000, consent } as const;
    expect(Buffer.from(signCommand(command, sign)).toString('hex')).toBe(Buffer.from(byHand).toString('hex'));
  });

  it('refuses an unknown command, an unknown field, and a list or a note beyond its limit', () => {
    const entry = (map: Map<number, never>) => encodeCbor([map, new Uint8Array(64)]);
    const erasure = new Map<number, unknown>([
      [0, 11],
      [1, 'A'],
      [3, 1],
      [10, 1],
      [11, new Uint8Array(32)],
    ]) as Map<number, never>;
    expect(decoded(entry(erasure))?.command.type).toBe('recordErasure');
    expect(decoded(entry(new Map(erasure).set(0, 99 as never)))).toBeUndefined();
    expect(decoded(entry(new Map(erasure).set(77, 1 as never)))).toBeUndefined();
    expect(decoded(entry(new Map(erasure).set(1, 'A~B' as never)))).toBeUndefined();
    expect(decoded(entry(new Map(erasure).set(10, 9 as never)))).toBeUndefined();
  });

  it('is a map and a signature, nothing more or less, and its entry is told from others by its head', () => {
    const map = new Map<number, never>(Object.entries({ 0: 8, 1: 'A', 3: 1 }).map(([k, v]) => [Number(k), v as never]));
    const whole = [map.set(10, new Uint8Array(16) as never), new Uint8Array(64)];
    expect(decoded(encodeCbor(whole))?.command.type).toBe('revokeConsent');
    for (const parts of [[], whole.slice(0, 1), [...whole, 0], [whole[1]!, whole[0]!]])
      expect(decoded(encodeCbor(parts))).toBeUndefined();
    const entry = commandEntry(encodeCbor(whole));
    expect(commandInEntry(entry)).toBeDefined();
    for (const at of [0, 1])
      expect(commandInEntry(entry.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toBeUndefined();
    expect(commandInEntry(new Uint8Array())).toBeUndefined();
  });

  it('has a number that no other command has', () => {
    expect(new Set(Object.values(COMMAND_CODES)).size).toBe(13);
  });
});

const values = Object.entries(state).filter(([name]) => name.endsWith('_VALUE')) as [string, RecordForm][];
const carried = Object.entries(READS).flatMap(([name, { args, result }]) => [
  [`${name} arguments`, args],
  [`${name} result`, result],
]) as [string, RecordForm][];

describe.each([...values, ...carried])('%s', (_name, form) => {
  test.prop([arbitraryOf(form)], { numRuns: 50 })('comes back from its bytes', (value) => {
    const bytes = encodeCbor(toCbor(form, value as never));
    expect(fromCbor(form, decodeCbor(bytes), refuse)).toEqual(value);
  });

  it('has no key twice', () => {
    const keys = Object.values(form.fields).map(([key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('details', () => {
  const kinds = Object.keys(DETAILS) as DetailsKind[];
  const details = fc
    .constantFrom(...kinds)
    .chain((kind) =>
      arbitraryOf(DETAILS[kind] as RecordForm).map((fields) => ({ kind, ...(fields as object) }) as Details),
    );
  const salt = fc.uint8Array({ minLength: 16, maxLength: 16 });

  test.prop([details, salt, fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'open under their own commitment, and under no other; a changed byte is seen',
    (found, salted, at, flip) => {
      const { opening, commitment } = commitTo(found, salted, sha256);
      expect(openDetails(opening, commitment, sha256)).toEqual(found);
      const changed = opening.map((byte, i) => (i === at % opening.length ? byte ^ flip : byte));
      expect(() => openDetails(changed, commitment, sha256)).toThrow(
        expect.objectContaining({ code: 'SIDE_RECORD_DIFFERS' }),
      );
    },
  );
});

describe('a refusal as text', () => {
  it.each(Object.keys(CONTRACT_ERRORS) as ContractErrorCode[])(
    '%s is read back, also out of what a peer says',
    (code) => {
      const refusal = { code, detail: code === 'STALE' ? '41' : 'a reason' };
      expect(parseRefusal(refusalText(refusal))).toEqual(refusal);
      expect(parseRefusal(`chaincode response 500, ${refusalText(refusal)}`)).toEqual(refusal);
    },
  );

  it('is not seen where there is none', () => {
    expect(parseRefusal('chaincode response 500, something else')).toBeUndefined();
    expect(parseRefusal('UNAVAILABLE: connection refused')).toBeUndefined();
  });
});
