// SPDX-License-Identifier: Apache-2.0
/** Notes, checkpoints, tiles and segments: the specifications' examples, and what must be refused. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { concatBytes } from '../codec/bytes.ts';
import { ed25519PublicKey, ed25519Sign } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { LedgerError } from '../errors.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { crc32c } from './crc32c.ts';
import {
  formatVerifierKey,
  type NoteSigner,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
  verifierKey,
} from './note.ts';
import { encodeFrames, SEGMENT_MAGIC, scanSegment, segmentPath, segmentStart } from './segment.ts';
import { decodeBundle, encodeBundle, tileOfNode, tilePath, tileWidth } from './tile.ts';

const file = new URL('../../../shared/vectors/notes/c2sp-examples.json', import.meta.url);
const { sha256 } = nodeCrypto;

interface Example {
  readonly name: string;
  readonly kind: string;
  readonly vkey: string | null;
  readonly note?: string;
  readonly checkpoint?: { origin: string; size: string; rootHash: string };
}

function signer(name: string): NoteSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { key: verifierKey(name, ed25519PublicKey(privateKey), sha256), sign: (m) => ed25519Sign(m, privateKey) };
}

/** The code of a LedgerError; anything else that is thrown fails the test. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
  return undefined;
}

describe('signed notes', () => {
  it.skipIf(!existsSync(file))('reads the examples of the specifications', () => {
    const { examples } = JSON.parse(readFileSync(file, 'utf8')) as { examples: Example[] };
    const notes = examples.filter((e) => e.note !== undefined);
    expect(notes.length).toBeGreaterThanOrEqual(4);
    for (const { note, vkey, checkpoint } of notes) {
      const { text } = parseNote(note!);
      if (vkey) expect(openNote(note!, [parseVerifierKey(vkey, sha256)], nodeCrypto).text).toBe(text);
      if (vkey) expect(formatVerifierKey(parseVerifierKey(vkey, sha256))).toBe(vkey);
      if (!checkpoint) continue;
      const parsed = parseCheckpoint(text);
      expect([parsed.origin, String(parsed.size), bytesToBase64(parsed.root)]).toEqual(Object.values(checkpoint));
      expect(formatCheckpoint(parsed)).toBe(text);
    }
  });

  it('ignores unknown keys, also of the same name, and refuses a known key that fails', () => {
    const [ours, other, namesake] = [signer('a.example/log'), signer('w.example'), signer('a.example/log')];
    const note = signNote('text\n\nmore\n', [other, namesake, ours]);
    expect(openNote(note, [ours.key], nodeCrypto)).toEqual({ text: 'text\n\nmore\n', signedBy: new Set([ours.key]) });
    expect(codeOf(() => openNote(note, [signer('x').key], nodeCrypto))).toBe('NOTE_SIGNATURE');
    const forged = note.replace('more', 'less');
    expect(codeOf(() => openNote(forged, [ours.key], nodeCrypto))).toBe('NOTE_SIGNATURE');
    const half = signNote('text\n', [ours, { key: other.key, sign: () => new Uint8Array(64) }]);
    expect(codeOf(() => openNote(half, [ours.key, other.key], nodeCrypto))).toBe('NOTE_SIGNATURE');
    expect(openNote(half, [ours.key], nodeCrypto).text).toBe('text\n');
  });

  it.each([
    '',
    '\n',
    'text\n',
    'text\n\n',
    'text\n\n— name\n',
    'text\n\n— na+me AAAAAAA=\n',
    'a\tb\n\n— n AAAAAAA=\n',
    'text\n\n— n AAAAAAA=',
    'text\n\n— n AAAAAAB=\n',
  ])('refuses %j', (note) => {
    expect(codeOf(() => parseNote(note))).toBe('NOTE_MALFORMED');
  });

  it('takes 16 signatures and refuses 65', () => {
    const one = signer('n');
    expect(openNote(signNote('t\n', Array(16).fill(one)), [one.key], nodeCrypto).text).toBe('t\n');
    expect(codeOf(() => parseNote(signNote('t\n', Array(65).fill(one))))).toBe('NOTE_MALFORMED');
  });

  test.prop([fc.string(), fc.string()])('random text is a note or NOTE_MALFORMED, and a vkey likewise', (a, b) => {
    for (const text of [a, `${a}\n\n— ${b}\n`])
      expect([undefined, 'NOTE_MALFORMED']).toContain(codeOf(() => parseNote(text)));
    for (const vkey of [a, `${a}+${b}`, `${a}+00000000+${b}`])
      expect(codeOf(() => parseVerifierKey(vkey, sha256))).toBe('NOTE_MALFORMED');
    expect(['CHECKPOINT_MALFORMED']).toContain(codeOf(() => parseCheckpoint(`${a}\n${b}`)));
  });
});

describe('checkpoints', () => {
  const root = sha256(new Uint8Array());

  it('binds the origin to the key', () => {
    const ours = signer('a.example');
    const note = signCheckpoint({ origin: 'a.example', size: 7, root }, ours);
    expect(openCheckpoint(note, ours.key, nodeCrypto).size).toBe(7);
    const foreign = signCheckpoint({ origin: 'b.example', size: 7, root }, ours);
    expect(codeOf(() => openCheckpoint(foreign, ours.key, nodeCrypto))).toBe('NOTE_SIGNATURE');
  });

  it.each(['07', '-1', '1e3', '9007199254740993', '', '1 '])('refuses size %j', (size) => {
    expect(codeOf(() => parseCheckpoint(`o\n${size}\n${bytesToBase64(root)}\n`))).toBe('CHECKPOINT_MALFORMED');
  });

  it('passes over extension lines, not over empty ones', () => {
    expect(parseCheckpoint(`o\n1\n${bytesToBase64(root)}\next\n`).size).toBe(1);
    expect(codeOf(() => parseCheckpoint(`o\n1\n${bytesToBase64(root)}\n\next\n`))).toBe('CHECKPOINT_MALFORMED');
  });
});

describe('tiles', () => {
  it('has the paths and widths of the specification', () => {
    expect(tilePath(0, 1_234_067, 256)).toBe('tile/0/x001/x234/067');
    expect(tilePath('entries', 5, 17)).toBe('tile/entries/005.p/17');
    // "A tree of size 70,000 ..." (tlog-tiles, Partial Tiles)
    expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000)]).toEqual([256, 112, 0]);
    expect([tileWidth(1, 0, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000)]).toEqual([256, 17, 1]);
    expect(tileOfNode({ level: 10, index: 65 })).toEqual({ level: 1, index: 1, start: 4, count: 4 });
  });

  test.prop([fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), fc.uint8Array()])(
    'bundles come back; random bytes are refused',
    (entries, junk) => {
      expect(decodeBundle(encodeBundle(entries), entries.length).map((e) => [...e])).toEqual(
        entries.map((e) => [...e]),
      );
      expect(codeOf(() => decodeBundle(concatBytes(encodeBundle(entries), Uint8Array.of(0)), entries.length))).toBe(
        'LOG_DAMAGED',
      );
      expect([undefined, 'LOG_DAMAGED']).toContain(codeOf(() => decodeBundle(junk, 3)));
    },
  );
});

describe('segments', () => {
  const frames = [3, 5, 9].map((outbox) =>
    encodeFrames([{ outbox, entry: Uint8Array.from({ length: outbox }, (_, i) => i) }]),
  );
  const whole = concatBytes(SEGMENT_MAGIC, ...frames);

  it('has the CRC-32C check value', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  test.prop([fc.array(fc.record({ outbox: fc.maxSafeNat(), entry: fc.uint8Array() }))])(
    'come back as they were written, whatever their numbers',
    (entries) => {
      const bytes = concatBytes(SEGMENT_MAGIC, encodeFrames(entries));
      expect(scanSegment(bytes)).toEqual({ entries, goodBytes: bytes.length });
    },
  );

  it('stops at the last whole frame wherever it is cut', () => {
    const ends = frames.map((_, i) => concatBytes(SEGMENT_MAGIC, ...frames.slice(0, i + 1)).length);
    for (let length = SEGMENT_MAGIC.length; length <= whole.length; length++) {
      const scan = scanSegment(whole.subarray(0, length));
      expect(scan.entries.map((e) => e.outbox)).toEqual([3, 5, 9].slice(0, ends.filter((end) => end <= length).length));
      expect(scan.goodBytes).toBe([SEGMENT_MAGIC.length, ...ends].findLast((end) => end <= length));
    }
  });

  it('stops before a frame with any flipped byte', () => {
    for (let at = 0; at < whole.length; at++) {
      const scan = scanSegment(Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ 0x10 : byte)));
      expect(scan.goodBytes).toBeLessThanOrEqual(at);
    }
  });
});

describe('a segment that somebody made', () => {
  const magic = SEGMENT_MAGIC.length;
  /** A frame of its own, with a checksum that fits whatever it says. */
  function frame(length: number, outboxHigh: number, entry: Uint8Array): Uint8Array {
    const bytes = concatBytes(new Uint8Array(16), entry);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, length);
    view.setUint32(8, outboxHigh);
    view.setUint32(4, crc32c(concatBytes(bytes.subarray(0, 4), bytes.subarray(8))));
    return concatBytes(SEGMENT_MAGIC, bytes);
  }

  it('is read up to an entry of 65,535 bytes and a number of 2^53 - 1, and not beyond', () => {
    for (const length of [0, 1, 65_535]) {
      const bytes = frame(length, 2 ** 21 - 1, new Uint8Array(length));
      expect(scanSegment(bytes).goodBytes).toBe(bytes.length);
    }
    expect(scanSegment(frame(65_536, 0, new Uint8Array(65_536)))).toEqual({ entries: [], goodBytes: magic });
    expect(scanSegment(frame(1, 2 ** 21, new Uint8Array(1)))).toEqual({ entries: [], goodBytes: magic });
  });

  it('is none without its magic bytes', () => {
    const bytes = frame(1, 0, new Uint8Array(1));
    for (let at = 0; at < magic; at++)
      expect(scanSegment(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toEqual({ entries: [], goodBytes: 0 });
    expect(scanSegment(SEGMENT_MAGIC.subarray(1))).toEqual({ entries: [], goodBytes: 0 });
  });

  it('has a name of 16 digits', () => {
    for (const index of [0, 7, Number.MAX_SAFE_INTEGER]) {
      const [folder, name] = segmentPath(index).split('/') as [string, string];
      expect([folder, name.length, segmentStart(name)]).toEqual(['segment', 16, index]);
    }
    for (const name of ['', '0', '00000000000000000', '000000000000000x', '0000000000000001.tmp'])
      expect(segmentStart(name)).toBeUndefined();
  });
});

describe('base64', () => {
  test.prop([fc.uint8Array(), fc.base64String()])('has one text for each byte string', (bytes, text) => {
    expect(bytesToBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(base64ToBytes(bytesToBase64(bytes))).toEqual(Uint8Array.from(bytes));
    const back = base64ToBytes(text);
    if (back) expect(bytesToBase64(back)).toBe(text);
  });

  it.each(['A', 'AA=', 'AB==', 'A===', 'AAAA=', 'AA A', 'AA-_'])('refuses %j', (text) => {
    expect(base64ToBytes(text)).toBeUndefined();
  });
});
