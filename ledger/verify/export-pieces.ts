// SPDX-License-Identifier: Apache-2.0
/** The parts of an export proof in the only order that they may have: head, corrections, batches with their rows, end. One batch in memory at a time. */
import { LedgerError } from '../errors.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import {
  EXPORT_FIRST_LINE,
  type ExportBatch,
  type ExportEnd,
  type ExportHead,
  type ExportPart,
  type ExportRow,
  parseExportPart,
} from './export-proof.ts';

export type ExportPiece =
  | { readonly kind: 'head'; readonly head: ExportHead }
  | { readonly kind: 'correction'; readonly correction: CorrectionEvidence }
  | { readonly kind: 'batch'; readonly batch: ExportBatch; readonly rows: readonly ExportRow[] }
  | { readonly kind: 'end'; readonly end: ExportEnd };

type Place = 'first line' | 'head' | 'corrections' | 'batches' | 'end';

const MAX_ROWS_IN_BATCH = 65_536;
const MAX_CORRECTIONS = 10_000;
/** Which parts may come next. */
const MAY_STAND: Readonly<Record<Place, readonly ExportPart['kind'][]>> = {
  'first line': [],
  head: ['head'],
  corrections: ['correction', 'batch', 'end'],
  batches: ['batch', 'row', 'end'],
  end: [],
};

/** Throws PROOF_EXPORT_MALFORMED as soon as something is not of the form, or when the lines end early. */
export async function* exportPieces(lines: AsyncIterable<string>): AsyncGenerator<ExportPiece> {
  let place: Place = 'first line';
  let corrections = 0;
  let open: { batch: ExportBatch; rows: ExportRow[] } | undefined;
  for await (const line of lines) {
    if (place === 'first line') {
      if (line !== EXPORT_FIRST_LINE) throw malformed('another first line');
      place = 'head';
      continue;
    }
    const part = parseExportPart(line);
    if (!MAY_STAND[place].includes(part.kind)) throw malformed(`"${part.kind}" stands where it cannot`);
    if (part.kind === 'row') {
      if (!open || open.rows.length >= MAX_ROWS_IN_BATCH) throw malformed('a row of no batch');
      open.rows.push(part.row);
      continue;
    }
    if (part.kind === 'correction') {
      corrections += 1;
      if (corrections > MAX_CORRECTIONS) throw malformed('too many corrections');
      yield part;
      continue;
    }
    if (open) yield { kind: 'batch', ...open };
    open = part.kind === 'batch' ? { batch: part.batch, rows: [] } : undefined;
    if (part.kind === 'head') yield part;
    if (part.kind === 'end') yield part;
    place = part.kind === 'head' ? 'corrections' : part.kind === 'end' ? 'end' : 'batches';
  }
  if (place !== 'end') throw malformed('it is cut short');
}

function malformed(detail: string): LedgerError {
  return new LedgerError('PROOF_EXPORT_MALFORMED', detail);
}
