// SPDX-License-Identifier: Apache-2.0
/** The forms of a proof file and of an export's parts: what is a little more, less or other than the form is refused with its code. */
import { describe, expect, it } from 'vitest';
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { parseExportPart } from './export-proof.ts';
import { parseProofFile } from './proof-file.ts';
import { makeProof } from './testing/proof-maker.ts';

const whole = makeProof();
const [first, extraLine, indexLine, ...rest] = whole.split('\n') as [string, string, string, ...string[]];
const extra = decodeCbor(base64ToBytes(extraLine.replace('extra ', ''))!) as CborMap;
const refused = (text: string) =>
  expect(() => parseProofFile(text), text.slice(0, 60)).toThrow(
    expect.objectContaining({ code: 'PROOF_FILE_MALFORMED' }),
  );
const withExtra = (map: CborMap) => [first, `extra ${bytesToBase64(encodeCbor(map))}`, indexLine, ...rest].join('\n');

describe('a proof file', () => {
  it('has each field of its form, no other, and the version of its form', () => {
    expect(parseProofFile(withExtra(extra))).toEqual(parseProofFile(whole));
    refused(withExtra(new Map(extra).set(15, 0)));
    for (const version of [0, 2, '1']) refused(withExtra(new Map(extra).set(1, version)));
    for (const key of extra.keys()) {
      refused(withExtra(new Map([...extra].filter(([other]) => other !== key))));
      refused(withExtra(new Map(extra).set(key, null)));
    }
  });

  it('has its lines in their order, each of its kind', () => {
    const lines = whole.split('\n');
    for (const at of [0, 1, 2]) refused(lines.toSpliced(at, 1).join('\n'));
    refused([first, indexLine, extraLine, ...rest].join('\n'));
    for (const index of ['index ', 'index 01', 'index -1', 'index x', 'index 9007199254740992'])
      refused([first, extraLine, index, ...rest].join('\n'));
    for (const other of ['extra ', 'extra !', 'extra AA=A', 'extra gA==', 'Extra AA=='])
      refused([first, other, indexLine, ...rest].join('\n'));
    refused(whole.replaceAll('\n\n', '\n'));
  });

  it('has a path of 53 hashes in the log at most', () => {
    const end = whole.indexOf('\n\n');
    const hash = bytesToBase64(new Uint8Array(32));
    const withHashes = (count: number) =>
      [first, extraLine, indexLine, ...Array<string>(count).fill(hash)].join('\n') + whole.slice(end);
    expect(parseProofFile(withHashes(53)).logPath).toHaveLength(53);
    refused(withHashes(54));
    const short = bytesToBase64(new Uint8Array(31));
    refused([first, extraLine, indexLine, short].join('\n') + whole.slice(end));
  });

  it('has a MiB of characters at most', () => {
    const padded = (chars: number) => whole + '\n'.repeat(chars - whole.length);
    expect(parseProofFile(padded(1 << 20)).index).toBe(parseProofFile(whole).index);
    refused(padded((1 << 20) + 1));
  });
});

describe('a part of an export', () => {
  const line = (word: string, fields: CborValue) => `${word} ${bytesToBase64(encodeCbor(fields))}`;
  it.each([
    ['', 'nothing'],
    ['end', 'a word alone'],
    ['end !', 'no base64'],
    ['end gA=', 'base64 cut short'],
    [`end ${bytesToBase64(Uint8Array.of(0x9f))}`, 'no canonical CBOR'],
    [line('end', 0), 'no list'],
    [line('end', []), 'a list of another length'],
    [line('end', Array(9).fill(0)), 'a longer list'],
    [line('end', Array(10).fill(0)), 'a list beyond the limit'],
    [line('tail', []), 'an unknown word'],
  ])('%j is refused: %s', (text) => {
    expect(() => parseExportPart(text)).toThrow(expect.objectContaining({ code: 'PROOF_EXPORT_MALFORMED' }));
  });
});
