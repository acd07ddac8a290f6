// SPDX-License-Identifier: Apache-2.0
/** Corrections in an export: rows say what was said of them, and nobody can put a correction in, take words from it or leave its mark off a row. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { correctionInWords } from './correction.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import type { CsvForm } from './csv.ts';
import type { ExportPart } from './export-proof.ts';
import {
  exportVkey,
  type MadeExport,
  makeCorrection,
  makeExport,
  makeWithdrawal,
  proofText,
} from './testing/export-maker.ts';
import { verifyExport } from './verify-export.ts';

const MACHINE: CsvForm = { profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' };
const wrong = makeCorrection([1, 2], 'in-error');
const foreign = makeCorrection([2, 3], 'another-patient');
const honest = makeExport(MACHINE, {}, [wrong, foreign]);

async function check({ csv, parts }: MadeExport) {
  async function* pieces() {
    yield Buffer.from(csv);
  }
  async function* proof() {
    yield Buffer.from(proofText(parts));
  }
  const csvSha256 = createHash('sha256').update(csv).digest();
  return verifyExport({ csv: pieces(), proof: proof(), csvSha256 }, exportVkey, nodeCrypto);
}
const withCorrection = (at: number, change: Partial<CorrectionEvidence>): MadeExport => {
  const part = honest.parts[at];
  if (part?.kind !== 'correction') throw new Error('another part stands there');
  const changed: ExportPart = { kind: 'correction', correction: { ...part.correction, ...change } };
  return { csv: honest.csv, parts: honest.parts.with(at, changed) };
};
/** The file with an end that fits, as a liar would make it. */
const refitted = (csv: string, parts = honest.parts): MadeExport => {
  const end = { rows: 9, csvSha256: createHash('sha256').update(csv).digest() };
  return { csv, parts: [...parts.slice(0, -1), { kind: 'end', end }] };
};
const marks = (csv: string) =>
  csv
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((row) => row.split(',').at(-1));

describe('an export with corrections', () => {
  it('says in each row what was said of it, the newest word, and by whom in the proof', async () => {
    expect(marks(honest.csv).slice(0, 5)).toEqual(['', 'in-error', 'another-patient', 'another-patient', '']);
    const result = await check(honest);
    expect(result).toMatchObject({ ok: true, rows: 9 });
    expect(result.corrections.map(({ by, why, reason }) => [by, why, reason])).toEqual([
      ['Ada', 'sensor fell off', 'in-error'],
      ['Ada', 'sensor fell off', 'another-patient'],
    ]);
    expect(correctionInWords(result.corrections[0]!)).toMatch(
      /all vital signs: in-error, says Ada .*: sensor fell off$/,
    );
    expect(result.steps.map(({ name }) => name)).toContain('corrections');
  });

  it('marks readings of the vital sign that it names only', async () => {
    const other = makeExport(MACHINE, {}, [makeCorrection([0, 11], 'in-error', { vital: 'temperature' })]);
    expect(marks(other.csv).every((mark) => mark === '')).toBe(true);
    expect(await check(other)).toMatchObject({ ok: true });
  });
});

describe('an export of readings whose mark was taken back', () => {
  const taken = makeExport(MACHINE, {}, [wrong, foreign, makeWithdrawal(foreign)]);
  const back = makeWithdrawal(wrong);

  it('leaves the mark off their rows, lets older words stand again, and says in the proof who said and unsaid what', async () => {
    expect(marks(taken.csv).slice(0, 5)).toEqual(['', 'in-error', 'in-error', '', '']);
    const result = await check(taken);
    expect(result).toMatchObject({ ok: true, rows: 9 });
    expect(result.corrections.map(({ by, withdrawn }) => [by, withdrawn?.by, withdrawn?.why])).toEqual([
      ['Ada', undefined, undefined],
      ['Ada', 'Ben', 'the wrong hour'],
    ]);
    expect(correctionInWords(result.corrections[1]!)).toMatch(
      /says Ada .*; taken back by Ben \(\S+Z\): the wrong hour$/,
    );
  });

  it.each<[string, MadeExport, string]>([
    ['hides that it was', { csv: taken.csv, parts: taken.parts.toSpliced(3, 1) }, 'PROOF_EXPORT_ROW_DIFFERS'],
    ['hides what was', { csv: taken.csv, parts: taken.parts.toSpliced(2, 1) }, 'PROOF_CORRECTION_REFUSED'],
    ['unsays it first', makeExport(MACHINE, {}, [back, wrong]), 'PROOF_CORRECTION_REFUSED'],
    ['unsays it twice', makeExport(MACHINE, {}, [wrong, back, back]), 'PROOF_CORRECTION_REFUSED'],
    ['keeps the mark', refitted(taken.csv.replace(',\r\n', ',in-error\r\n'), taken.parts), 'PROOF_EXPORT_ROW_DIFFERS'],
    [
      'signs with a key of its own',
      makeExport(MACHINE, {}, [wrong, makeWithdrawal(wrong, generateKeyPairSync('ed25519').privateKey)]),
      'PROOF_CORRECTION_REFUSED',
    ],
  ])('somebody %s, and is found out', async (_what, made, code) => {
    const { ok, error } = await check(made);
    expect([ok, error?.code]).toEqual([false, code]);
  });
});

describe('somebody', () => {
  const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
  const strangers = makeCorrection([0, 5], 'in-error', { key: generateKeyPairSync('ed25519').privateKey });
  const [one, two] = [honest.parts[1], honest.parts[2]] as const;

  it.each<[string, MadeExport, string]>([
    ['takes the mark off a row', refitted(honest.csv.replace(',in-error', ',')), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['marks another row', refitted(honest.csv.replace(',\r\n', ',in-error\r\n')), 'PROOF_EXPORT_ROW_DIFFERS'],
    ['leaves a correction out', { csv: honest.csv, parts: honest.parts.toSpliced(2, 1) }, 'PROOF_EXPORT_ROW_DIFFERS'],
    ['names it twice', { csv: honest.csv, parts: honest.parts.toSpliced(2, 0, one!) }, 'PROOF_EXPORT_REPEATED'],
    ['turns the order', { csv: honest.csv, parts: honest.parts.with(1, two!).with(2, one!) }, 'PROOF_EXPORT_REPEATED'],
    ['changes the words', withCorrection(1, { opening: flipped(wrong.opening) }), 'PROOF_CORRECTION_REFUSED'],
    ['takes the words of another', withCorrection(1, { opening: foreign.opening }), 'PROOF_CORRECTION_REFUSED'],
    ['changes the command', withCorrection(1, { entry: flipped(wrong.entry) }), 'PROOF_NOT_IN_LOG'],
    ['names another place', withCorrection(2, { logIndex: 5 }), 'PROOF_NOT_IN_LOG'],
    ['signs one with a key of its own', makeExport(MACHINE, {}, [strangers]), 'PROOF_CORRECTION_REFUSED'],
    [
      'puts it behind the batches',
      { csv: honest.csv, parts: [...honest.parts.slice(0, -1), one!, honest.parts.at(-1)!] },
      'PROOF_EXPORT_MALFORMED',
    ],
  ])('%s, and is found out', async (_what, made, code) => {
    const { ok, error } = await check(made);
    expect([ok, error?.code]).toEqual([false, code]);
  });

  it('shows a batch as a correction, and is found out', async () => {
    const batch = makeExport(MACHINE, {}, [{ ...wrong, entry: Uint8Array.of(0x82, 1, 0x40) }]);
    expect((await check(batch)).error?.code).toBe('PROOF_CORRECTION_REFUSED');
  });
});
