// SPDX-License-Identifier: Apache-2.0
/** Notes and keys at their limits, and what differs in a single part: name, id, type, length. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytesToBase64 } from '../codec/base64.ts';
import { ed25519PublicKey, ed25519Sign } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { parseCheckpoint } from './checkpoint.ts';
import {
  COSIGNATURE,
  formatVerifierKey,
  type NoteSigner,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
  verifierKey,
} from './note.ts';

const { sha256 } = nodeCrypto;
const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = Uint8Array.from(ed25519PublicKey(privateKey));
const signer = (name: string): NoteSigner => ({
  key: verifierKey(name, publicKey, sha256),
  sign: (message) => ed25519Sign(message, privateKey),
});
const ours = signer('a.example/log');
const refused = (run: () => unknown, code = 'NOTE_MALFORMED') => expect(run).toThrow(expect.objectContaining({ code }));

describe('a verifier key', () => {
  const { name, keyId } = ours.key;
  const rest = formatVerifierKey(ours.key).slice(name.length + keyId.length + 2);

  it('is refused with the id of another key, another type, or a byte more or less', () => {
    expect(parseVerifierKey(`${name}+${keyId}+${rest}`, sha256)).toEqual(ours.key);
    const otherId = verifierKey('b.example', publicKey, sha256).keyId;
    for (const id of [otherId, `${keyId}0`, '']) refused(() => parseVerifierKey(`${name}+${id}+${rest}`, sha256));
    for (const bytes of [
      Uint8Array.of(2, ...publicKey),
      Uint8Array.of(COSIGNATURE, ...publicKey),
      Uint8Array.of(1, ...publicKey, 0),
      Uint8Array.of(1, ...publicKey.subarray(1)),
    ]) {
      // With the id that such a key would have, so that only the bytes themselves are wrong.
      const id = verifierKey(name, bytes.subarray(1), sha256, bytes[0] as 1).keyId;
      refused(() => parseVerifierKey(`${name}+${id}+${bytesToBase64(bytes)}`, sha256));
    }
  });

  it('has a name of 256 characters at most, without space or plus', () => {
    for (const bad of ['', 'a b', 'a+b', 'a\tb', 'a\nb', '\ud800', 'a'.repeat(257)]) refused(() => signer(bad));
    const longest = signer('a'.repeat(256));
    expect(parseVerifierKey(formatVerifierKey(longest.key), sha256)).toEqual(longest.key);
    expect(openNote(signNote('t\n', [longest]), [longest.key], nodeCrypto).signedBy.size).toBe(1);
    refused(() => parseNote(signNote('t\n', [{ ...ours, key: { ...ours.key, name: 'a'.repeat(257) } }])));
  });
});

describe('a note', () => {
  it('is signed by a key only under its own name and its own id', () => {
    const note = signNote('text\n', [ours]);
    expect(openNote(note, [ours.key], nodeCrypto).signedBy).toEqual(new Set([ours.key]));
    for (const key of [
      { ...ours.key, name: 'b.example/log' },
      { ...ours.key, keyId: '00000000' },
    ]) {
      refused(() => openNote(note, [key], nodeCrypto), 'NOTE_SIGNATURE');
      refused(() => openNote(signNote('text\n', [{ ...ours, key }]), [ours.key], nodeCrypto), 'NOTE_SIGNATURE');
    }
  });

  it('is not made of a text without a last newline, or with control characters', () => {
    for (const text of ['', 'text', 'te\txt\n', 'te\rxt\n', '\x00\n', '\ud800\n'])
      refused(() => signNote(text, [ours]));
    for (const text of ['\n', 'a b\n', '\x20\x7f\u{1f4a1}\n'])
      expect(parseNote(signNote(text, [ours])).text).toBe(text);
  });

  it('has 131,072 characters and 64 signatures at most', () => {
    const ofChars = (chars: number): string => {
      const empty = signNote('\n', [ours]).length;
      return signNote(`${'x'.repeat(chars - empty)}\n`, [ours]);
    };
    expect(ofChars(131_072)).toHaveLength(131_072);
    expect(parseNote(ofChars(131_072)).signatures).toHaveLength(1);
    refused(() => parseNote(ofChars(131_073)));
    expect(parseNote(signNote('t\n', Array(64).fill(ours))).signatures).toHaveLength(64);
    refused(() => parseNote(signNote('t\n', Array(65).fill(ours))));
  });

  it('has a signature of a byte at least behind the id of its key', () => {
    const line = (bytes: number) => `t\n\n— n ${bytesToBase64(new Uint8Array(bytes))}\n`;
    for (const bytes of [0, 1, 4]) refused(() => parseNote(line(bytes)));
    const [one] = parseNote(line(5)).signatures;
    expect(one).toMatchObject({ name: 'n', keyId: '00000000', signature: new Uint8Array(1) });
    // Without an empty line, or with nothing before it, there is no text.
    for (const note of ['— n AAAAAAA=\n', '\n— n AAAAAAA=\n', 't\n— n AAAAAAA=\n']) refused(() => parseNote(note));
  });
});

describe('a checkpoint', () => {
  const root = bytesToBase64(new Uint8Array(32));
  it.each([
    ['without an origin', `\n1\n${root}\n`],
    ['without its last newline', `o\n1\n${root}`],
    ['with an extension that has no newline', `o\n1\n${root}\next`],
    ['with an empty last line', `o\n1\n${root}\n\n`],
    ['with a root of 31 bytes', `o\n1\n${bytesToBase64(new Uint8Array(31))}\n`],
    ['with a root of 33 bytes', `o\n1\n${bytesToBase64(new Uint8Array(33))}\n`],
    ['with a root that is no base64', `o\n1\n${root.replace('A', '!')}\n`],
    ['without a root', 'o\n1\n'],
    ['with one line', 'o\n'],
  ])('%s is refused', (_what, text) => {
    refused(() => parseCheckpoint(text), 'CHECKPOINT_MALFORMED');
  });

  it('has a size up to 2^53 - 1', () => {
    const sized = (size: string) => `o\n${size}\n${root}\n`;
    expect(parseCheckpoint(sized('9007199254740991')).size).toBe(Number.MAX_SAFE_INTEGER);
    for (const size of ['9007199254740992', '10000000000000000'])
      refused(() => parseCheckpoint(sized(size)), 'CHECKPOINT_MALFORMED');
  });
});
