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
  parseExportPart,
} from './export-proof.ts';
import { ExportRows } from './export-rows.ts';
import { linesIn } from './lines.ts';

export type ExportPiece =
  | { readonly kind: 'head'; readonly head: ExportHead }
  | { readonly kind: 'correction'; readonly correction: CorrectionEvidence }
  | { readonly kind: 'batch'; readonly batch: ExportBatch; readonly rows: ExportRows }
  | { readonly kind: 'end'; readonly end: ExportEnd };

type Place = 'first line' | 'head' | 'corrections' | 'batches' | 'end';

const MAX_CORRECTIONS = 10_000;
/** Which parts may come next. */
const MAY_STAND: Readonly<Record<Place, readonly ExportPart['kind'][]>> = {
  'first line': [],
  head: ['head'],
  corrections: ['correction', 'batch', 'end'],
  batches: ['batch', 'row', 'end'],
  end: [],
};

/**
 * Takes the proof file in pieces. Throws PROOF_EXPORT_MALFORMED as soon as something is not of the form, or when it ends early. The rows of a
 * batch stand in memory until the next piece is asked for.
 */
export async function* exportPieces(proof: AsyncIterable<Uint8Array>): AsyncGenerator<ExportPiece> {
  let place: Place = 'first line';
  let corrections = 0;
  const rows = new ExportRows();
  let open: ExportBatch | undefined;
  for await (const lines of linesIn(proof)) {
    for (const line of lines) {
      if (place === 'first line') {
        if (asText(line) !== EXPORT_FIRST_LINE) throw malformed('another first line');
        place = 'head';
        continue;
      }
      if (open && rows.takeLine(line)) continue;
      const part = parseExportPart(asText(line));
      if (!MAY_STAND[place].includes(part.kind)) throw malformed(`"${part.kind}" stands where it cannot`);
      if (part.kind === 'row') {
        rows.take(part.row);
        continue;
      }
      if (part.kind === 'correction') {
        corrections += 1;
        if (corrections > MAX_CORRECTIONS) throw malformed('too many corrections');
        yield part;
        continue;
      }
      if (open) yield { kind: 'batch', batch: open, rows };
      rows.clear();
      open = part.kind === 'batch' ? part.batch : undefined;
      if (part.kind === 'head') yield part;
      if (part.kind === 'end') yield part;
      place = part.kind === 'head' ? 'corrections' : part.kind === 'end' ? 'end' : 'batches';
    }
  }
  if (place !== 'end') throw malformed('it is cut short');
}

/** Latin-1: what is no ASCII is in no part. */
function asText(line: Uint8Array): string {
  return new TextDecoder('latin1').decode(line);
}

function malformed(detail: string): LedgerError {
  return new LedgerError('PROOF_EXPORT_MALFORMED', detail);
}
