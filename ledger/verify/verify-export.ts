// SPDX-License-Identifier: Apache-2.0
/**
 * The offline verifier of an export: is every row of this CSV file a reading in the log of this key, and is the file as it was written?
 * The steps stand in `export-steps.ts`; those of a batch are taken for each, one batch in memory. It cannot say that nothing else was measured:
 * an export is a selection.
 */
import { equalBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import { parseVerifierKey } from '../log/note.ts';
import { readingAt } from '../record/reading-table.ts';
import type { Policy } from '../witness/policy.ts';
import { ByteQueue } from './byte-queue.ts';
import { correctionOver, type ShownCorrection } from './correction.ts';
import type { VerifierCrypto } from './crypto.ts';
import { type CsvWriter, csvWriter } from './csv.ts';
import { exportPieces } from './export-pieces.ts';
import type { ExportHead } from './export-proof.ts';
import { BATCH_STEPS, CORRECTION_STEPS, END_STEPS, FILE, HEAD_STEPS, ROW, witnessesStep } from './export-steps.ts';
import { ExportedBatch } from './exported-batch.ts';
import { SaidCorrections } from './said-corrections.ts';
import { errorOf, type Step, type VerifyError, type VerifyStep } from './verify.ts';

export interface ExportFiles {
  readonly proof: AsyncIterable<Uint8Array>;
  readonly csv: AsyncIterable<Uint8Array>;
  /** Of the whole CSV file: 32 bytes. */
  readonly csvSha256: Uint8Array;
}

export interface VerifyExportResult {
  readonly ok: boolean;
  /** The steps that were taken, each once; the failed one last. */
  readonly steps: readonly VerifyStep[];
  /** Checked until the end, or until what failed. */
  readonly rows: number;
  readonly batches: number;
  /** What was said of readings, in the order of the log; a row that one stands over says so. */
  readonly corrections: readonly ShownCorrection[];
  readonly error?: VerifyError;
}

/**
 * Verifies an export against the log's verifier key; with a policy its checkpoint must be cosigned as well. Any two files give a result;
 * only what reading them throws is thrown.
 */
export async function verifyExport(
  { proof, csv, csvSha256 }: ExportFiles,
  vkey: string,
  crypto: VerifierCrypto,
  policy?: Policy,
): Promise<VerifyExportResult> {
  const report = new Report();
  const queue = new ByteQueue(csv);
  let begun: { head: ExportHead; checkpoint: Checkpoint; writer: CsvWriter; said: SaidCorrections } | undefined;
  let rows = 0;
  const seen = new Set<number>();
  let lastCorrection = -1;
  const result = (ok: boolean) => report.result(ok, { rows, batches: seen.size, corrections: begun?.said.shown ?? [] });
  try {
    for await (const piece of exportPieces(proof)) {
      if (piece.kind === 'head') {
        report.take([FILE], true);
        const steps = policy ? [...HEAD_STEPS, witnessesStep(policy)] : HEAD_STEPS;
        if (!report.take(steps, { head: piece.head, vkey, crypto })) return result(false);
        const checkpoint = openCheckpoint(piece.head.checkpoint, parseVerifierKey(vkey, crypto.sha256), crypto);
        const said = new SaidCorrections(crypto, piece.head.gatewayKey);
        begun = { head: piece.head, checkpoint, writer: csvWriter(piece.head.form), said };
        const first = await equalTexts(queue, [begun.writer.head()]);
        if (!report.take([ROW], { isEqual: first === 1, where: 'the first line' })) return result(false);
      }
      if (piece.kind === 'correction' && begun) {
        const { correction } = piece;
        if (!report.take(CORRECTION_STEPS, { correction, after: lastCorrection, crypto, ...begun }))
          return result(false);
        lastCorrection = correction.logIndex;
      }
      if (piece.kind === 'batch' && begun) {
        const batch = new ExportedBatch(piece.batch, piece.rows, crypto);
        if (!report.take(BATCH_STEPS, { batch, seen, ...begun })) return result(false);
        seen.add(piece.batch.logIndex);
        const { writer, said } = begun;
        const expected = Array.from({ length: batch.readings.count }, (_, i) => {
          const reading = readingAt(batch.readings, i);
          return writer.row(reading, batch.leafZero.boot, correctionOver(said.shown, reading)?.reason);
        });
        const equal = await equalTexts(queue, expected);
        rows += equal;
        if (!report.take([ROW], { isEqual: equal === expected.length, where: `row ${rows + 1}` })) return result(false);
      }
      if (piece.kind === 'end') {
        const ended = { end: piece.end, rows, csvSha256, isAtEnd: await queue.isAtEnd() };
        if (!report.take(END_STEPS, ended)) return result(false);
      }
    }
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== FILE.code) throw error;
    report.take([{ ...FILE, holds: () => rethrow(error) }], true);
    return result(false);
  }
  return result(true);
}

/** The steps as they were taken; one that is taken for each batch stands there once. */
class Report {
  readonly #steps = new Map<string, VerifyStep>();
  #error: VerifyError | undefined;

  /** Takes steps in order until one does not hold; says whether all did. */
  take<E>(steps: readonly Step<E>[], evidence: E): boolean {
    for (const step of steps) {
      this.#error = errorOf(step, evidence);
      if (this.#error) this.#steps.delete(step.name);
      this.#steps.set(step.name, { name: step.name, words: step.words, ok: this.#error === undefined });
      if (this.#error) return false;
    }
    return true;
  }

  result(ok: boolean, found: Pick<VerifyExportResult, 'rows' | 'batches' | 'corrections'>): VerifyExportResult {
    return { ok, steps: [...this.#steps.values()], ...found, ...(this.#error && { error: this.#error }) };
  }
}

/** How many of the texts come next in the file, one after the other. All are compared at once; only a difference is looked for. */
async function equalTexts(csv: ByteQueue, texts: readonly string[]): Promise<number> {
  const encoder = new TextEncoder();
  const expected = encoder.encode(texts.join(''));
  const given = await csv.take(expected.length);
  if (equalBytes(given, expected)) return texts.length;
  let end = 0;
  return texts.findIndex((text) => {
    const start = end;
    end += encoder.encode(text).length;
    return !equalBytes(given.subarray(start, end), expected.subarray(start, end));
  });
}

function rethrow(error: LedgerError): never {
  throw error;
}
