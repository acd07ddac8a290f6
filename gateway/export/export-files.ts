// SPDX-License-Identifier: Apache-2.0
/** Writes the CSV file and the proof beside it, a batch in memory at a time. Both appear under their names when both are whole. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type CsvForm,
  correctionOver,
  csvWriter,
  EXPORT_FIRST_LINE,
  encodeExportPart,
  type LogView,
} from '../../ledger/index.ts';
import type { Identity } from '../identity.ts';
import { correctionEvidence, type SaidInLog } from '../said-in-log.ts';
import type { ReadBatch } from '../series/record-reader.ts';
import { openPartFile, type PartFile } from './part-file.ts';
import { batchParts, type Selection, selectedOf } from './selection.ts';
import { type Moved, type Watcher, watched } from './watched.ts';

export interface ExportSource {
  readonly selection: Selection;
  readonly form: CsvForm;
  readonly batches: AsyncIterable<ReadBatch>;
  /** In the order of the log. */
  readonly corrections: readonly SaidInLog[];
  readonly identity: Identity;
  readonly log: LogView;
}

export interface Exported {
  readonly readings: number;
  readonly batches: number;
  /** Sealed, but not under the newest checkpoint of the log yet. */
  readonly leftOut: number;
}

export const PROOF_ENDING = '.proof';

/** Writes `path` and `path.proof`, for their owner only. Throws what reading the record and `watched` throw; then neither file is there. */
export async function writeExport(path: string, source: ExportSource, watcher: Watcher): Promise<Exported> {
  using csv = openPartFile(path);
  using proof = openPartFile(path + PROOF_ENDING);
  const exported = await watched((moved) => writeBoth(csv, proof, source, moved), watcher);
  csv.sync();
  proof.sync();
  csv.keep();
  proof.keep();
  return exported;
}

async function writeBoth(csv: PartFile, proof: PartFile, source: ExportSource, moved: Moved): Promise<Exported> {
  const { identity, form, log, selection, corrections } = source;
  const writer = csvWriter(form);
  const hash = createHash('sha256');
  const write = (text: string) => {
    hash.update(text);
    csv.write(text);
  };
  const { gateway, gatewayKey, endorsement } = identity;
  const head = { form, gateway, gatewayKey, endorsement, checkpoint: log.checkpoint };
  write(writer.head());
  proof.write(`${EXPORT_FIRST_LINE}\n${encodeExportPart({ kind: 'head', head })}\n`);
  for await (const correction of correctionEvidence(corrections, log)) {
    moved();
    proof.write(`${encodeExportPart({ kind: 'correction', correction })}\n`);
  }
  const exported = { readings: 0, batches: 0, leftOut: 0 };
  for await (const batch of source.batches) {
    // An embedded store answers without a turn of the event loop, and only a turn hears of signals and timers.
    await turn();
    moved(`${exported.readings} readings of ${exported.batches} batches so far.`);
    const positions = selectedOf(batch.readings, selection);
    if (positions.length === 0) continue;
    if (batch.outbox > log.size) {
      exported.leftOut += 1;
      continue;
    }
    const logPath = await log.inclusionProof(batch.outbox - 1);
    moved();
    const parts = batchParts(batch, positions, logPath);
    const rows = positions.map((position) => {
      const reading = batch.readings[position]!;
      return writer.row(reading, batch.leafZero.boot, correctionOver(corrections, reading)?.reason);
    });
    write(rows.join(''));
    proof.write(parts.map((part) => `${encodeExportPart(part)}\n`).join(''));
    exported.readings += positions.length;
    exported.batches += 1;
  }
  moved();
  const end = { rows: exported.readings, csvSha256: hash.digest() };
  proof.write(`${encodeExportPart({ kind: 'end', end })}\n`);
  return exported;
}
