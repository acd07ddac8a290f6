// SPDX-License-Identifier: Apache-2.0
/** The verifier of an export: an honest one holds; every change of the CSV file or the proof fails at its own step with its own code. */
import { createHash } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { LedgerError } from '../errors.ts';
import type { CsvForm } from './csv.ts';
import {
  type ExportBatch,
  type ExportEnd,
  type ExportHead,
  type ExportPart,
  type ExportRow,
  encodeExportPart,
  parseExportPart,
} from './export-proof.ts';
import { exportVkey, makeExport, proofText } from './testing/export-maker.ts';
import { vkey as otherVkey } from './testing/proof-maker.ts';
import { verifyExport } from './verify-export.ts';

const MACHINE: CsvForm = { profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' };
const EXCEL: CsvForm = { profile: 'excel', delimiter: ';', decimalMark: ',', timeZone: 'Europe/Zurich' };
const honest = makeExport(MACHINE);

/** Verifies what the strings hold; `pieceBytes` is how the CSV file comes. */
async function check(csv: string | Uint8Array, proof: string, { key = exportVkey, pieceBytes = 7 } = {}) {
  const bytes = typeof csv === 'string' ? Buffer.from(csv) : csv;
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const proofBytes = Buffer.from(proof);
  async function* proofPieces() {
    for (let at = 0; at < proofBytes.length; at += pieceBytes) yield proofBytes.subarray(at, at + pieceBytes);
  }
  const csvSha256 = createHash('sha256').update(bytes).digest();
  return verifyExport({ csv: pieces(), proof: proofPieces(), csvSha256 }, key, nodeCrypto);
}

/** The proof with one part changed. */
const withHead = (change: (head: ExportHead) => Partial<ExportHead>) =>
  changed(0, (part) => part.kind === 'head' && { kind: 'head', head: { ...part.head, ...change(part.head) } });
const withBatch = (at: number, change: (batch: ExportBatch) => Partial<ExportBatch>) =>
  changed(at, (part) => part.kind === 'batch' && { kind: 'batch', batch: { ...part.batch, ...change(part.batch) } });
const withRow = (at: number, change: (row: ExportRow) => Partial<ExportRow>) =>
  changed(at, (part) => part.kind === 'row' && { kind: 'row', row: { ...part.row, ...change(part.row) } });
const withEnd = (change: Partial<ExportEnd>) =>
  changed(12, (part) => part.kind === 'end' && { kind: 'end', end: { ...part.end, ...change } });
function changed(at: number, change: (part: ExportPart) => ExportPart | false): string {
  const part = change(honest.parts[at]!);
  if (!part) throw new Error('another part stands there');
  return proofText(honest.parts.with(at, part));
}
/** The proof with an end that fits another CSV file, as a liar would make it. */
function refitted(csv: string, parts: readonly ExportPart[]): string {
  const end = { rows: csv.trimEnd().split('\r\n').length - 1, csvSha256: createHash('sha256').update(csv).digest() };
  return proofText([...parts.slice(0, -1), { kind: 'end', end }]);
}
const codeOf = async (csv: string, proof: string) => (await check(csv, proof)).error?.code;

describe('an honest export', () => {
  it.each([
    ['machine', MACHINE],
    ['excel', EXCEL],
  ])('holds, each step once (%s)', async (_name, form) => {
    const { csv, parts } = makeExport(form);
    const result = await check(csv, proofText(parts));
    expect(result).toMatchObject({ ok: true, rows: 9, batches: 2 });
    expect(result.steps.map(({ name, ok }) => (ok ? name : `not ${name}`))).toEqual([
      'file',
      'form',
      'checkpoint',
      'gateway-key',
      'row',
      'once',
      'signature',
      'log',
      'header',
      'leaf-zero',
      'readings-in-batch',
      'gateway',
      'readings',
      'unit',
      'device',
      'time',
      'end',
      'fingerprint',
    ]);
  });

  test.prop([fc.integer({ min: 1, max: 2000 })])('holds however its bytes arrive', async (pieceBytes) => {
    expect(await check(honest.csv, proofText(honest.parts), { pieceBytes })).toMatchObject({ ok: true });
  });
});

describe('somebody changes the CSV file', () => {
  const rows = honest.csv.split('\r\n');
  it.each([
    ['a value', honest.csv.replace(',72,', ',73,'), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['the column names', honest.csv.replace('value', 'level'), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['the order of rows', rows.toSpliced(2, 2, rows[3]!, rows[2]!).join('\r\n'), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['a row away', rows.toSpliced(4, 1).join('\r\n'), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['the last row away', rows.toSpliced(9, 1).join('\r\n'), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['a row into it', rows.toSpliced(4, 0, rows[4]!).join('\r\n'), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['a row behind the last', `${honest.csv}${rows[4]}\r\n`, 'PROOF_EXPORT_FILE_DIFFERS'],
    ['the line ends', honest.csv.replaceAll('\r\n', '\n'), 'PROOF_EXPORT_ROW_DIFFERS'],
  ])('%s', async (_what, csv, code) => {
    expect(await codeOf(csv, proofText(honest.parts))).toBe(code);
    // Also when the fingerprint in the proof is made to fit.
    expect(await codeOf(csv, refitted(csv, honest.parts))).toBe(code);
  });

  it.each(rows[0]!.split(',').map((name, column) => [name, column] as const))(
    'a cell of "%s"',
    async (_name, column) => {
      const cells = rows[5]!.split(',');
      const csv = rows.with(5, cells.with(column, `${cells[column]}0`).join(',')).join('\r\n');
      expect(await codeOf(csv, refitted(csv, honest.parts))).toBe('PROOF_EXPORT_ROW_DIFFERS');
    },
  );

  it('names the row', async () => {
    const { error } = await check(rows.toSpliced(4, 1).join('\r\n'), proofText(honest.parts));
    expect(error?.message).toContain('(row 4)');
  });
});

describe('somebody changes the proof', () => {
  const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
  // Parts: 0 head, 1 batch, 2-7 its rows, 8 batch, 9-11 its rows, 12 end.
  it.each<[string, string, string]>([
    [
      'another time zone',
      withHead((head) => ({ form: { ...head.form, timeZone: 'Mars/Base' } })),
      'PROOF_EXPORT_MALFORMED',
    ],
    ['another form', withHead(() => ({ form: EXCEL })), 'PROOF_EXPORT_ROW_DIFFERS'],
    [
      'the checkpoint',
      withHead((head) => ({ checkpoint: head.checkpoint.replace('\n3\n', '\n4\n') })),
      'PROOF_CHECKPOINT_REFUSED',
    ],
    ['the gateway', withHead(() => ({ gateway: 'gw-2' })), 'PROOF_GATEWAY_KEY_REFUSED'],
    ['the endorsement', withHead((head) => ({ endorsement: flipped(head.endorsement) })), 'PROOF_GATEWAY_KEY_REFUSED'],
    ['a signature', withBatch(8, (batch) => ({ signature: flipped(batch.signature) })), 'PROOF_SIGNATURE_REFUSED'],
    ['S', withBatch(8, (batch) => ({ signedPart: flipped(batch.signedPart) })), 'PROOF_SIGNATURE_REFUSED'],
    ['a log index', withBatch(8, () => ({ logIndex: 0 })), 'PROOF_NOT_IN_LOG'],
    [
      'a log path',
      withBatch(1, (batch) => ({ logPath: [flipped(batch.logPath[0]!), batch.logPath[1]!] })),
      'PROOF_NOT_IN_LOG',
    ],
    [
      'leaf 0',
      withBatch(1, (batch) => ({ leafZero: { ...batch.leafZero, salt: flipped(batch.leafZero.salt) } })),
      'PROOF_READING_NOT_IN_BATCH',
    ],
    [
      'leaf 0, no CBOR',
      withBatch(1, (batch) => ({ leafZero: { ...batch.leafZero, bytes: new Uint8Array(3) } })),
      'PROOF_LEAF_ZERO_REFUSED',
    ],
    [
      'a hidden hash',
      withBatch(8, (batch) => ({ hidden: [...batch.hidden.slice(1), batch.hidden[0]!] })),
      'PROOF_READING_NOT_IN_BATCH',
    ],
    ['a reading', withRow(4, (row) => ({ bytes: flipped(row.bytes) })), 'PROOF_READING_NOT_IN_BATCH'],
    ['a salt', withRow(4, (row) => ({ salt: flipped(row.salt) })), 'PROOF_READING_NOT_IN_BATCH'],
    ['a leaf number', withRow(11, () => ({ leaf: 7 })), 'PROOF_READING_NOT_IN_BATCH'],
    ['a reading twice', proofText(honest.parts.with(4, honest.parts[3]!)), 'PROOF_EXPORT_REPEATED'],
    ['a batch twice', proofText(honest.parts.toSpliced(8, 0, ...honest.parts.slice(1, 8))), 'PROOF_EXPORT_REPEATED'],
    ['a row away', proofText(honest.parts.toSpliced(4, 1)), 'PROOF_READING_NOT_IN_BATCH'],
    [
      'a row moved',
      proofText(honest.parts.with(4, honest.parts[5]!).with(5, honest.parts[4]!)),
      'PROOF_EXPORT_REPEATED',
    ],
    [
      'a row for another, under its number',
      withRow(4, (row) => ({ ...(honest.parts[5] as { row: ExportRow }).row, leaf: row.leaf })),
      'PROOF_READING_NOT_IN_BATCH',
    ],
    ['a batch away', proofText(honest.parts.toSpliced(8, 4)), 'PROOF_EXPORT_FILE_DIFFERS'],
    ['the count', withEnd({ rows: 8 }), 'PROOF_EXPORT_FILE_DIFFERS'],
    ['the fingerprint', withEnd({ csvSha256: new Uint8Array(32) }), 'PROOF_EXPORT_FILE_DIFFERS'],
    ['the end away', proofText(honest.parts.slice(0, -1)), 'PROOF_EXPORT_MALFORMED'],
    ['more behind the end', proofText([...honest.parts, honest.parts[1]!]), 'PROOF_EXPORT_MALFORMED'],
    ['rows before a batch', proofText(honest.parts.toSpliced(1, 1)), 'PROOF_EXPORT_MALFORMED'],
    ['no head', proofText(honest.parts.slice(1)), 'PROOF_EXPORT_MALFORMED'],
    ['nothing', '', 'PROOF_EXPORT_MALFORMED'],
  ])('%s', async (_what, proof, code) => {
    const result = await check(honest.csv, proof);
    expect([result.ok, result.error?.code, result.steps.at(-1)?.ok]).toEqual([false, code, false]);
  });

  it('shows it to whoever holds another log key', async () => {
    const result = await check(honest.csv, proofText(honest.parts), { key: otherVkey });
    expect(result.error?.code).toBe('PROOF_CHECKPOINT_REFUSED');
  });

  test.prop([fc.nat(), fc.constantFrom('A', '0', ' ', '\n', '=')])(
    'no changed character is accepted',
    async (n, char) => {
      const text = proofText(honest.parts);
      const at = n % (text.length - 1);
      if (text[at] === char) return;
      expect(await check(honest.csv, text.slice(0, at) + char + text.slice(at + 1))).toMatchObject({ ok: false });
    },
  );
});

describe('a dishonest gateway', () => {
  it.each<[string, Parameters<typeof makeExport>[1], string]>([
    ['a unit of something else', { reading: { unit: 'Cel' } }, 'PROOF_UNIT_REFUSED'],
    ['a device that the batch does not name', { reading: { device: 'wear-9' } }, 'PROOF_DEVICE_UNKNOWN'],
    ['a time outside the batch', { reading: { correctedMs: 5 } }, 'PROOF_TIME_OUTSIDE'],
    ['a number that no reading has', { reading: { monotonicMs: -1 } }, 'PROOF_READING_MALFORMED'],
    ['the batch of another gateway', { leafZero: { gateway: 'gw-2' } }, 'PROOF_GATEWAY_DIFFERS'],
    ['another count', { leafZero: { count: 5 } }, 'PROOF_READING_NOT_IN_BATCH'],
    ['a header of its own', { header: new Uint8Array(4) }, 'PROOF_HEADER_MALFORMED'],
  ])('is found out with %s', async (_what, lies, code) => {
    const { csv, parts } = makeExport(MACHINE, lies);
    expect(await codeOf(csv, proofText(parts))).toBe(code);
  });
});

describe('the lines', () => {
  it('are read back as they were written', () => {
    for (const part of honest.parts) {
      const line = encodeExportPart(part);
      expect(encodeExportPart(parseExportPart(line))).toBe(line);
    }
  });

  test.prop([fc.constantFrom('head', 'batch', 'row', 'end', 'x'), fc.oneof(fc.base64String(), fc.string())])(
    'random lines give a part or PROOF_EXPORT_MALFORMED',
    (word, rest) => {
      try {
        parseExportPart(`${word} ${rest}`);
      } catch (error) {
        expect(error).toBeInstanceOf(LedgerError);
        expect((error as LedgerError).code).toBe('PROOF_EXPORT_MALFORMED');
      }
    },
  );
});
