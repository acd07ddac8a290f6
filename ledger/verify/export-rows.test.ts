// SPDX-License-Identifier: Apache-2.0
/** Rows that are decoded where they stand, against the plain codec of the parts. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { bytesToBase64 } from '../codec/base64.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';
import { batchLeafHash } from '../record/leaf.ts';
import { type ExportRow, encodeExportPart, parseExportPart } from './export-proof.ts';
import { ExportRows } from './export-rows.ts';

const anyRow = fc.record<ExportRow>({
  leaf: fc.oneof(fc.constantFrom(1, 23, 24, 255, 256, 65_535, 65_536), fc.integer({ min: 1, max: 65_536 })),
  salt: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  bytes: fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ minLength: 200, maxLength: 300 })),
});
const lineOf = (row: ExportRow) => encodeExportPart({ kind: 'row', row });

/** Of the row that was taken last. */
function lastOf(rows: ExportRows) {
  const row = rows.count - 1;
  const bytes = rows.bytes.slice(rows.from[row], rows.to[row]);
  return { leaf: rows.leaves[row], bytes, hash: sha256(rows.hashedBytes(row)) };
}
const plainly = ({ leaf, salt, bytes }: ExportRow) => ({ leaf, bytes, hash: batchLeafHash(sha256, salt, leaf, bytes) });
function parsed(line: string): ExportRow | undefined {
  try {
    const part = parseExportPart(line);
    return part.kind === 'row' ? part.row : undefined;
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

describe('the rows of a batch', () => {
  test.prop([fc.array(anyRow, { minLength: 1, maxLength: 20 })])(
    'are what was written, line by line or one by one',
    (all) => {
      const [fromLines, fromRows] = [new ExportRows(), new ExportRows()];
      for (const row of all) {
        expect(fromLines.takeLine(Buffer.from(lineOf(row)))).toBe(true);
        fromRows.take(row);
        expect(lastOf(fromLines)).toEqual(plainly(row));
        expect(lastOf(fromRows)).toEqual(plainly(row));
      }
      expect(all.map((_, i) => sha256(fromLines.hashedBytes(i)))).toEqual(all.map((row) => plainly(row).hash));
    },
  );

  const anyByte = fc.constantFrom(0, 1, 0x17, 0x18, 0x19, 0x1a, 0x40, 0x50, 0x58, 0x59, 0x5a, 0x82, 0x83, 0x98, 0xff);
  const salt = [0x50, ...new Uint8Array(16).fill(7)];
  test.prop([fc.array(anyByte, { maxLength: 4 }), fc.array(anyByte, { maxLength: 4 }), fc.nat({ max: 26 })])(
    'are taken from a line exactly if the codec takes it',
    (leaf, head, length) => {
      const cbor = Uint8Array.of(0x83, ...leaf, ...salt, ...head, ...new Uint8Array(length));
      const line = `row ${bytesToBase64(cbor)}`;
      const rows = new ExportRows();
      expect(rows.takeLine(Buffer.from(line))).toBe(parsed(line) !== undefined);
      if (rows.count > 0) expect(lastOf(rows)).toEqual(plainly(parsed(line)!));
    },
  );

  test.prop([anyRow, fc.nat(), fc.constantFrom(...'Aa09+/= \n\u00E9')])(
    'are taken after a changed character exactly if the codec takes them',
    (row, at, char) => {
      const line = lineOf(row);
      const changed = line.slice(0, at % line.length) + char + line.slice((at % line.length) + 1);
      const rows = new ExportRows();
      expect(rows.takeLine(Buffer.from(changed))).toBe(parsed(changed) !== undefined);
      if (rows.count > 0) expect(lastOf(rows)).toEqual(plainly(parsed(changed)!));
    },
  );

  const cbor = (...bytes: number[]) => Buffer.from(`row ${bytesToBase64(Uint8Array.from(bytes))}`);
  it.each<[string, Buffer]>([
    ['of leaf 0', cbor(0x83, 0x00, ...salt, 0x41, 9)],
    ['of a leaf beyond the last', cbor(0x83, 0x1a, 0, 1, 0, 1, ...salt, 0x41, 9)],
    ['of a leaf below 0', cbor(0x83, 0x20, ...salt, 0x41, 9)],
    ['with a text for a reading', cbor(0x83, 0x01, ...salt, 0x61, 9)],
    ['with an integer for a reading', cbor(0x83, 0x01, ...salt, 0x00)],
    ['with a shorter salt', cbor(0x83, 0x01, 0x4f, ...salt.slice(2), 0x41, 9)],
    ['of two fields', cbor(0x82, 0x01, ...salt, 0x41, 9)],
    ['with a byte behind it', cbor(0x83, 0x01, ...salt, 0x41, 9, 9)],
    ['that is cut short', cbor(0x83, 0x01, ...salt, 0x42, 9)],
    [
      'by another name',
      Buffer.from(
        cbor(0x83, 0x01, ...salt, 0x41, 9)
          .toString()
          .replace('row', 'raw'),
      ),
    ],
  ])('are not taken from a line %s', (_what, line) => {
    const rows = new ExportRows();
    expect([rows.takeLine(line), parsed(line.toString())]).toEqual([false, undefined]);
    expect(rows.takeLine(cbor(0x83, 0x01, ...salt, 0x41, 9))).toBe(true);
  });

  it('are no more than a batch has', () => {
    const rows = new ExportRows();
    const line = Buffer.from(lineOf({ leaf: 1, salt: new Uint8Array(16), bytes: new Uint8Array() }));
    for (let i = 0; i < 65_536; i++) rows.takeLine(line);
    expect(() => rows.takeLine(line)).toThrow(expect.objectContaining({ code: 'PROOF_EXPORT_MALFORMED' }));
    rows.clear();
    expect([rows.takeLine(line), rows.count]).toEqual([true, 1]);
  });
});
