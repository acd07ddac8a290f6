// SPDX-License-Identifier: Apache-2.0
/** Writes the CSV file and the proof beside it, a batch in memory at a time. Both appear under their names when both are whole. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import {
  type CsvForm,
  correctionOver,
  csvWriter,
  EXPORT_FIRST_LINE,
  encodeExportPart,
  type LogView,
  type ShownCorrection,
} from '../../ledger/index.ts';
import type { Identity } from '../identity.ts';
import type { ReadBatch } from '../series/record-reader.ts';
import { batchParts, type Selection, selectedOf } from './selection.ts';

/** A correction, its place in the log, and what its command commits to. */
export interface SaidInLog extends ShownCorrection {
  readonly entry: number;
  readonly opening: Uint8Array;
}

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
const PART_ENDING = '.part';

/** Writes `path` and `path.proof`, for their owner only. Throws what reading the record throws; then neither file is there. */
export async function writeExport(path: string, source: ExportSource): Promise<Exported> {
  const paths = [path, path + PROOF_ENDING];
  try {
    await using csv = await open(path + PART_ENDING, 'w', 0o600);
    await using proof = await open(path + PROOF_ENDING + PART_ENDING, 'w', 0o600);
    const exported = await writeBoth(csv, proof, source);
    await csv.sync();
    await proof.sync();
    for (const name of paths) await rename(name + PART_ENDING, name);
    return exported;
  } catch (error) {
    for (const name of paths) await rm(name + PART_ENDING, { force: true });
    throw error;
  }
}

async function writeBoth(csv: FileHandle, proof: FileHandle, source: ExportSource): Promise<Exported> {
  const { identity, form, log, selection, corrections } = source;
  const writer = csvWriter(form);
  const hash = createHash('sha256');
  const write = async (text: string) => {
    hash.update(text);
    await csv.writeFile(text);
  };
  const { gateway, gatewayKey, endorsement } = identity;
  const head = { form, gateway, gatewayKey, endorsement, checkpoint: log.checkpoint };
  await write(writer.head());
  await proof.writeFile(`${EXPORT_FIRST_LINE}\n${encodeExportPart({ kind: 'head', head })}\n`);
  for (const { entry, opening } of corrections) {
    const place = { logIndex: entry, logPath: await log.inclusionProof(entry) };
    const correction = { ...place, entry: await log.entry(entry), opening };
    await proof.writeFile(`${encodeExportPart({ kind: 'correction', correction })}\n`);
  }
  const exported = { readings: 0, batches: 0, leftOut: 0 };
  for await (const batch of source.batches) {
    const positions = selectedOf(batch.readings, selection);
    if (positions.length === 0) continue;
    if (batch.outbox > log.size) {
      exported.leftOut += 1;
      continue;
    }
    const parts = batchParts(batch, positions, await log.inclusionProof(batch.outbox - 1));
    const rows = positions.map((position) => {
      const reading = batch.readings[position]!;
      return writer.row(reading, batch.leafZero.boot, correctionOver(corrections, reading)?.reason);
    });
    await write(rows.join(''));
    await proof.writeFile(parts.map((part) => `${encodeExportPart(part)}\n`).join(''));
    exported.readings += positions.length;
    exported.batches += 1;
  }
  const end = { rows: exported.readings, csvSha256: hash.digest() };
  await proof.writeFile(`${encodeExportPart({ kind: 'end', end })}\n`);
  return exported;
}
