// SPDX-License-Identifier: Apache-2.0
/** What an export is of, and how one batch of it becomes the lines of its proof. */
import { batchLeafHash, type ExportPart, type RecordReading, sha256 } from '../../ledger/index.ts';
import type { ReadBatch } from '../series/record-reader.ts';

export interface Selection {
  readonly stay: string;
  /** By corrected time, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Keys of vital signs; empty means all. */
  readonly vitals: readonly string[];
}

/** Positions in the batch (from 0) of the readings that are selected. */
export function selectedOf(readings: readonly RecordReading[], { fromMs, toMs, vitals }: Selection): number[] {
  const fits = ({ vital, correctedMs }: RecordReading) =>
    correctedMs >= fromMs && correctedMs <= toMs && (vitals.length === 0 || vitals.includes(vital));
  return readings.flatMap((reading, position) => (fits(reading) ? [position] : []));
}

/** The parts of the proof for one batch: readings that are not selected leave only the hash of their leaf. */
export function batchParts(
  batch: ReadBatch,
  positions: readonly number[],
  logPath: readonly Uint8Array[],
): ExportPart[] {
  const shown = new Set(positions);
  const hidden = batch.readings.flatMap((_, position) => {
    if (shown.has(position)) return [];
    const { index, bytes, salt } = batch.leaf(position + 1);
    return [batchLeafHash(sha256, salt, index, bytes)];
  });
  const { bytes, salt } = batch.leaf(0);
  const { signature } = batch.envelope;
  // Outbox number n is entry n - 1 of the log (gateway/record/outbox-store.ts).
  const place = { logIndex: batch.outbox - 1, logPath };
  const rows = positions.map((position): ExportPart => {
    const { index, bytes, salt } = batch.leaf(position + 1);
    return { kind: 'row', row: { leaf: index, salt, bytes } };
  });
  const { signedPart } = batch;
  return [{ kind: 'batch', batch: { ...place, signedPart, signature, leafZero: { bytes, salt }, hidden } }, ...rows];
}
