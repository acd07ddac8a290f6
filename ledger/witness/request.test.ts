// SPDX-License-Identifier: Apache-2.0
/** Cosignatures and the request codec: the specifications' own examples, both ways, and hostile bytes. */
import { existsSync, readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../crypto/noble.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { cosignatureTime, cosignedMessage } from '../log/cosignature.ts';
import {
  cosignatureLine,
  formatVerifierKey,
  linesOf,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
} from '../log/note.ts';
import { WitnessError } from './errors.ts';
import { encodeAddCheckpoint, MAX_REQUEST_BYTES, parseAddCheckpoint } from './request.ts';
import { makeSigner, makeWitnessSigner, memoryLog } from './testing/keys.ts';

const EXAMPLES = new URL('../../../shared/vectors/notes/c2sp-examples.json', import.meta.url);
const utf8 = (text: string) => new TextEncoder().encode(text);
const log = makeSigner('log.example');
const witness = makeWitnessSigner('witness.example/w1');
const note = memoryLog(log).checkpoint(7);
const { text } = parseNote(note);

function example(kind: string, name: string) {
  const { examples } = JSON.parse(readFileSync(EXAMPLES, 'utf8'));
  return examples.find((one: { kind: string; name: string }) => one.kind === kind && one.name.startsWith(name));
}

describe.skipIf(!existsSync(EXAMPLES))('the examples of the specifications', () => {
  it('give the message that a witness signs, and the time in its line', () => {
    const { note, cosignedMessage: expected } = example('checkpoint', 'tlog-cosignature');
    const { text, signatures } = parseNote(note);
    const line = signatures.find(({ name }) => name.startsWith('witness.'))!.signature;
    const time = new DataView(line.buffer, line.byteOffset).getBigUint64(0);
    expect(new TextDecoder().decode(cosignedMessage(text, Number(time)))).toBe(expected);
    expect(line.length).toBe(8 + 64);
  });

  it('parse as a request, and encode to it again', () => {
    const { body } = example('add-checkpoint-request', 'tlog-witness');
    const request = parseAddCheckpoint(utf8(body));
    expect(request).toMatchObject({ oldSize: 20852014, checkpoint: { size: 20852163 } });
    expect(request.proof).toHaveLength(4);
    expect(encodeAddCheckpoint(request)).toBe(body);
  });
});

describe.each([
  ['node:crypto', nodeCrypto],
  ['@noble', nobleCrypto],
])('a cosignature, by %s', (_, crypto) => {
  const line = cosignatureLine(text, witness, 1_795_000_000);

  it('holds for its checkpoint, beside the log, and tells its time', () => {
    const { signedBy } = openNote(note + line, [log.key, witness.key], crypto);
    expect([...signedBy]).toEqual([log.key, witness.key]);
    const { signature } = parseNote(note + line).signatures.at(-1)!;
    expect(cosignatureTime(witness.key.publicKey, text, signature, crypto)).toBe(1_795_000_000);
  });

  it('does not hold for another text, another time, no time, or as a plain signature', () => {
    const other = memoryLog(log).checkpoint(8);
    expect(() => openNote(other + line, [witness.key], crypto)).toThrow(/a signature that fails/);
    const { signature } = parseNote(note + line).signatures.at(-1)!;
    const later = signature.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
    expect(cosignatureTime(witness.key.publicKey, text, later, crypto)).toBeUndefined();
    expect(cosignatureTime(witness.key.publicKey, text, signature.subarray(8), crypto)).toBeUndefined();
    const zero = parseNote(note + cosignatureLine(text, witness, 0)).signatures.at(-1)!.signature;
    expect(cosignatureTime(witness.key.publicKey, text, zero, crypto)).toBeUndefined();
    const plain = `${text}\n${linesOf(note, log.key)[0]}`;
    expect(() => openNote(plain, [{ ...log.key, type: witness.key.type }], crypto)).toThrow(/a signature that fails/);
  });
});

describe('a verifier key of a witness', () => {
  it('is read as it is written, and never as that of a log', () => {
    const vkey = formatVerifierKey(witness.key);
    expect(parseVerifierKey(vkey, nodeCrypto.sha256, witness.key.type)).toEqual(witness.key);
    expect(() => parseVerifierKey(vkey, nodeCrypto.sha256)).toThrow(/of a log/);
    expect(() => parseVerifierKey(formatVerifierKey(log.key), nodeCrypto.sha256, witness.key.type)).toThrow(
      /of a witness/,
    );
  });
});

describe('the request codec', () => {
  test.prop([fc.nat({ max: 200 }), fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 })])(
    'gives back what it wrote',
    (size, proof) => {
      const request = { oldSize: Math.min(size, 7), proof, note };
      const { checkpoint, ...parsed } = parseAddCheckpoint(utf8(encodeAddCheckpoint(request)));
      expect(parsed).toEqual(request);
      expect(checkpoint.size).toBe(7);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 400 }), fc.string(), fc.nat(), fc.nat({ max: 255 })])(
    'gives a value or its own error for any bytes',
    (bytes, junk, at, byte) => {
      const honest = memoryLog(log).request(3, 7);
      const bodies = [
        bytes,
        utf8(`old 3\n${junk}`),
        utf8(`old 3\n\n${junk}`),
        utf8(`old ${junk}\n\n${note}`),
        honest.with(at % honest.length, byte),
      ];
      for (const body of bodies) {
        try {
          expect(parseAddCheckpoint(body).checkpoint.size).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(WitnessError);
          expect((error as WitnessError).code).toBe('WITNESS_REQUEST_MALFORMED');
        }
      }
    },
  );

  it('takes 64 KiB and refuses a byte more', () => {
    const body = (words: number) => utf8(`old 7\n\n${signNote(`${text}${'x'.repeat(words)}\n`, [log])}`);
    const ofBytes = (bytes: number) => body(bytes - body(0).length);
    expect(ofBytes(MAX_REQUEST_BYTES)).toHaveLength(MAX_REQUEST_BYTES);
    expect(parseAddCheckpoint(ofBytes(MAX_REQUEST_BYTES)).oldSize).toBe(7);
    expect(() => parseAddCheckpoint(ofBytes(MAX_REQUEST_BYTES + 1))).toThrow(WitnessError);
  });

  const hash = Buffer.alloc(32).toString('base64');
  it.each([
    ['a leading zero', `old 03\n\n${note}`],
    ['a sign', `old -1\n\n${note}`],
    ['an old size above the checkpoint', `old 8\n\n${note}`],
    ['an old size that no number holds', `old 9007199254740993\n\n${note}`],
    ['64 hashes', `old 3\n${`${hash}\n`.repeat(64)}\n${note}`],
    ['a short hash', `old 3\nAAAA\n\n${note}`],
    ['carriage returns', `old 3\r\n\r\n${note}`],
    ['no checkpoint', 'old 3\n\n'],
    ['a byte order mark', `\ufeffold 3\n\n${note}`],
    ['too many bytes', `old 3\n\n${note}${'x'.repeat(MAX_REQUEST_BYTES)}`],
  ])('refuses %s', (_, body) => {
    expect(() => parseAddCheckpoint(utf8(body))).toThrow(WitnessError);
  });
});
