// SPDX-License-Identifier: Apache-2.0
/** A journal's writer on a file, without its thread: batches of four readings, one stay. */
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { ed25519PublicKey, rawPublicKey } from '../../../ledger/index.ts';
import { noFaultPoints } from '../../fault-point.ts';
import type { SessionMark } from '../../intake/sequence-marks.ts';
import { BOOT, reading, rowOf, START_MS, stayId } from '../../record/testing/recorder-bench.ts';
import { type AppendArgs, type JournalOptions, JournalWriter } from '../journal-writer.ts';
import { encodeRows, type JournalRow } from '../rows.ts';

export const STAY = stayId(1);
export const storeKey = createSecretKey(randomBytes(32));

const signing = generateKeyPairSync('ed25519').privateKey;
const kem = generateKeyPairSync('x25519');
export const WRITER_OPTIONS: Omit<JournalOptions, 'path'> = {
  gateway: 'bench',
  boot: { id: BOOT, wallMs: START_MS, timeTrust: 1 },
  clock: { rate: 1, originRealMs: 0, originWardMs: 0 },
  keys: { store: storeKey, signing, signingPublic: ed25519PublicKey(signing), kem: kem.privateKey },
  careTeam: { id: 'care-team', publicKey: rawPublicKey(kem.publicKey) },
  self: { id: 'gateway', publicKey: rawPublicKey(kem.publicKey) },
  limits: { batchMaxMs: 300_000, batchMaxReadings: 4, batchMaxBytes: 49_152, epochMs: 86_400_000, paddingBytes: 256 },
};

export async function openWriter(path: string, emit: (event: string, detail?: unknown) => void = () => {}) {
  const deps = { random: randomBytes, passFaultPoint: noFaultPoints, emit };
  const writer = new JournalWriter({ ...WRITER_OPTIONS, path }, deps);
  await writer.open();
  return writer;
}

export function rowsFor(rows: readonly JournalRow[]): AppendArgs {
  return { rows: encodeRows(rows), count: rows.length, marks: [], progress: [], changes: [] };
}

export const readings = (from: number, count: number): JournalRow[] =>
  Array.from({ length: count }, (_, i) => rowOf(reading(from + i)));

export const markOf = (high: number): SessionMark => ({
  device: 'wear-1',
  session: '00000000000000e0',
  high,
  highMs: 0,
  floor: -1,
  holes: [],
});
