// SPDX-License-Identifier: Apache-2.0
/**
 * The offline verifier of an export: is every row of this CSV file a reading in the log of this key, and is the file as it was written?
 * Three straight lists of steps, the middle one taken for each batch, one batch in memory. It cannot say that nothing else was measured:
 * an export is a selection.
 */
import { equalBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import { parseVerifierKey } from '../log/note.ts';
import { isAccepted, type Policy } from '../witness/policy.ts';
import { ByteQueue } from './byte-queue.ts';
import {
  isBatchInLog,
  isBatchSigned,
  isFromTheBatch,
  isGatewayKeyEndorsed,
  isOfItsVital,
  isWithinTheBatch,
} from './checks.ts';
import type { VerifierCrypto } from './crypto.ts';
import { type CsvWriter, csvWriter } from './csv.ts';
import { exportPieces } from './export-pieces.ts';
import type { ExportEnd, ExportHead } from './export-proof.ts';
import { ExportedBatch } from './exported-batch.ts';
import { errorOf, type Step, type VerifyError, type VerifyStep, WITNESSES } from './verify.ts';

export interface ExportFiles {
  /** Lines of the proof file, without their ends. */
  readonly proof: AsyncIterable<string>;
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
  let begun: { head: ExportHead; checkpoint: Checkpoint; writer: CsvWriter } | undefined;
  let rows = 0;
  const seen = new Set<number>();
  const result = (ok: boolean) => report.result(ok, rows, seen.size);
  try {
    for await (const piece of exportPieces(proof)) {
      if (piece.kind === 'head') {
        report.take([FILE], true);
        const steps = policy ? [...HEAD_STEPS, witnessesStep(policy)] : HEAD_STEPS;
        if (!report.take(steps, { head: piece.head, vkey, crypto })) return result(false);
        const checkpoint = openCheckpoint(piece.head.checkpoint, parseVerifierKey(vkey, crypto.sha256), crypto);
        begun = { head: piece.head, checkpoint, writer: csvWriter(piece.head.form) };
        const first = await equalTexts(queue, [begun.writer.head()]);
        if (!report.take([ROW], { isEqual: first === 1, where: 'the first line' })) return result(false);
      }
      if (piece.kind === 'batch' && begun) {
        const batch = new ExportedBatch(piece.batch, piece.rows, crypto);
        if (!report.take(BATCH_STEPS, { batch, seen, ...begun })) return result(false);
        seen.add(piece.batch.logIndex);
        const { writer } = begun;
        const expected = batch.readings.map((reading) => writer.row(reading, batch.leafZero.boot));
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
    report.take([{ ...FILE, holds: () => refuse(error) }], true);
    return result(false);
  }
  return result(true);
}

const FILE: Step<boolean> = {
  name: 'file',
  words: 'The proof file is whole and of its form.',
  code: 'PROOF_EXPORT_MALFORMED',
  holds: (isWhole) => isWhole,
};

interface HeadScope {
  readonly head: ExportHead;
  readonly vkey: string;
  readonly crypto: VerifierCrypto;
}

const HEAD_STEPS: readonly Step<HeadScope>[] = [
  {
    name: 'form',
    words: 'The form of the CSV file is known.',
    code: 'PROOF_EXPORT_MALFORMED',
    holds: ({ head }) => isTimeZone(head.form.timeZone),
  },
  {
    name: 'checkpoint',
    words: 'The checkpoint is signed by the given log key.',
    code: 'PROOF_CHECKPOINT_REFUSED',
    holds: ({ head, vkey, crypto }) =>
      openCheckpoint(head.checkpoint, parseVerifierKey(vkey, crypto.sha256), crypto) !== undefined,
  },
  {
    name: 'gateway-key',
    words: 'The log key endorsed the key of the gateway.',
    code: 'PROOF_GATEWAY_KEY_REFUSED',
    holds: ({ head, vkey, crypto }) => isGatewayKeyEndorsed(crypto, parseVerifierKey(vkey, crypto.sha256), head),
  },
];

function witnessesStep(policy: Policy): Step<HeadScope> {
  return {
    ...WITNESSES,
    holds: ({ head, vkey, crypto }) =>
      isAccepted(policy, head.checkpoint, parseVerifierKey(vkey, crypto.sha256), crypto),
  };
}

interface BatchScope {
  readonly batch: ExportedBatch;
  readonly head: ExportHead;
  readonly checkpoint: Checkpoint;
  /** Log indexes of the batches before. */
  readonly seen: ReadonlySet<number>;
}

const BATCH_STEPS: readonly Step<BatchScope>[] = [
  {
    name: 'once',
    words: 'No batch and no reading stands twice.',
    code: 'PROOF_EXPORT_REPEATED',
    holds: ({ batch, seen }) => !seen.has(batch.part.logIndex) && batch.hasRisingLeaves,
  },
  {
    name: 'signature',
    words: 'The gateway signed every batch.',
    code: 'PROOF_SIGNATURE_REFUSED',
    holds: ({ batch, head }) => isBatchSigned(batch.crypto, head.gatewayKey, batch.part),
  },
  {
    name: 'log',
    words: 'Every batch is in the log, at the index that the file names.',
    code: 'PROOF_NOT_IN_LOG',
    holds: ({ batch, checkpoint }) => isBatchInLog(batch.crypto, checkpoint, batch.part),
  },
  {
    name: 'header',
    words: 'The header of every batch is well formed.',
    code: 'PROOF_HEADER_MALFORMED',
    holds: ({ batch }) => batch.header !== undefined,
  },
  {
    name: 'leaf-zero',
    words: 'Leaf 0, which describes the batch, is well formed.',
    code: 'PROOF_LEAF_ZERO_REFUSED',
    holds: ({ batch }) => batch.leafZero !== undefined,
  },
  {
    name: 'readings-in-batch',
    words: 'The readings, byte for byte, and leaf 0 are in their batch.',
    code: 'PROOF_READING_NOT_IN_BATCH',
    holds: ({ batch }) => equalBytes(batch.root(), batch.header.root),
  },
  {
    name: 'gateway',
    words: 'Every batch is of the gateway whose key was endorsed.',
    code: 'PROOF_GATEWAY_DIFFERS',
    holds: ({ batch, head }) => batch.leafZero.gateway === head.gateway,
  },
  {
    name: 'readings',
    words: 'Every reading is well formed.',
    code: 'PROOF_READING_MALFORMED',
    holds: ({ batch }) => batch.readings !== undefined,
  },
  {
    name: 'unit',
    words: 'Unit and code are those of its vital sign.',
    code: 'PROOF_UNIT_REFUSED',
    holds: ({ batch }) => batch.readings.every(isOfItsVital),
  },
  {
    name: 'device',
    words: 'Its device is one of the batch.',
    code: 'PROOF_DEVICE_UNKNOWN',
    holds: ({ batch }) => batch.readings.every((reading) => isFromTheBatch(reading, batch.leafZero)),
  },
  {
    name: 'time',
    words: 'Its time lies inside the time of the batch.',
    code: 'PROOF_TIME_OUTSIDE',
    holds: ({ batch }) => batch.readings.every((reading) => isWithinTheBatch(reading, batch.leafZero)),
  },
];

interface Comparison {
  readonly isEqual: boolean;
  readonly where: string;
}

const ROW: Step<Comparison> = {
  name: 'row',
  words: 'Every row of the CSV file says exactly what its reading says.',
  code: 'PROOF_EXPORT_ROW_DIFFERS',
  holds: ({ isEqual, where }) => isEqual || refuse(new LedgerError('PROOF_EXPORT_ROW_DIFFERS', where)),
};

const END_STEPS: readonly Step<{ end: ExportEnd; rows: number; csvSha256: Uint8Array; isAtEnd: boolean }>[] = [
  {
    name: 'end',
    words: 'The CSV file ends where the proof ends.',
    code: 'PROOF_EXPORT_FILE_DIFFERS',
    holds: ({ end, rows, isAtEnd }) => isAtEnd && end.rows === rows,
  },
  {
    name: 'fingerprint',
    words: 'The CSV file has the fingerprint (SHA-256) that was noted at the export.',
    code: 'PROOF_EXPORT_FILE_DIFFERS',
    holds: ({ end, csvSha256 }) => equalBytes(end.csvSha256, csvSha256),
  },
];

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

  result(ok: boolean, rows: number, batches: number): VerifyExportResult {
    return { ok, steps: [...this.#steps.values()], rows, batches, ...(this.#error && { error: this.#error }) };
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

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function refuse(error: LedgerError): never {
  throw error;
}
