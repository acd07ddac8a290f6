// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes that the ward's load makes the disk write, by the step that causes them. The real parts of the data path, one after the other in
 * this process, driven by a clock of their own: 200 s of the ward take a few. What Linux counts are whole blocks that became dirty.
 */
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { decodeSenml } from '../../devices/index.ts';
import { noFaultPoints } from '../../gateway/fault-point.ts';
import { SequenceMarks } from '../../gateway/intake/sequence-marks.ts';
import { readJournalDatabase } from '../../gateway/journal/journal-database.ts';
import { type AppendArgs, JournalWriter } from '../../gateway/journal/journal-writer.ts';
import { encodeRows, type JournalRow } from '../../gateway/journal/rows.ts';
import { OutboxStore } from '../../gateway/record/outbox-store.ts';
import { SeriesStore } from '../../gateway/series/series-store.ts';
import { ed25519PublicKey, encodeReading, openLog, rawPublicKey } from '../../ledger/index.ts';
import { bytesWritten } from './proc.ts';
import { BEDS, WARD_READINGS_PER_SECOND, WARD_VITALS, wardHandle } from './ward-load.ts';

export interface Written {
  readonly readings: number;
  /** Bytes by step. */
  readonly steps: ReadonlyMap<string, number>;
}

const START_MS = 1_795_000_000_000;
const SESSION = 'be9c000000000003';
const BOOT = '00000000000000b0';
const LIMITS = { batchMaxMs: 300_000, batchMaxReadings: 1000, batchMaxBytes: 49_152, epochMs: 86_400_000 };
/** A group as the gateway collects it by default (`journal.groupMs`); its ticks and checkpoints. */
const GROUP_MS = 25;
const TICK_MS = 250;
const CHECKPOINT_MS = 1000;
const STAYS = Array.from({ length: BEDS }, () => randomBytes(16).toString('hex'));

/** `directory`: on the disk that is asked about. */
export async function measureWritten(directory: string, seconds: number): Promise<Written> {
  const steps = new Map<string, number>();
  async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const before = bytesWritten(process.pid);
    const result = await work();
    steps.set(name, (steps.get(name) ?? 0) + bytesWritten(process.pid) - before);
    return result;
  }
  const parts = await openParts(directory);
  const { writer, outbox, series, log } = parts;
  const marks = new SequenceMarks();
  const readings = seconds * WARD_READINGS_PER_SECOND;
  let [sent, tickedMs, publishedMs, anchored] = [0, 0, 0, 0];
  while (sent < readings) {
    const closesMs = readingMs(sent) + GROUP_MS;
    const first = sent;
    while (sent < readings && readingMs(sent) <= closesMs) sent += 1;
    await step('group commits', () => writer.append(groupOf(first, sent, marks)));
    await step('sealed batches', () => writer.flush('of nobody'));
    if (closesMs - tickedMs >= TICK_MS) {
      tickedMs = closesMs;
      await step('folding the WAL', () => writer.tick());
    }
    for (let points = outbox.unstored(64, 8e6); points.length > 0; points = outbox.unstored(64, 8e6)) {
      await step('series store', () => series.write(points));
      await step('cursors', () => writer.settled({ stored: points.map((point) => point.outbox), setAside: [] }));
    }
    const entries = outbox.unsequenced(log.highestOutbox, 4096);
    if (entries.length > 0) await step('log', () => log.append(entries));
    if (log.highestOutbox <= anchored || closesMs - publishedMs < CHECKPOINT_MS) continue;
    [publishedMs, anchored] = [closesMs, log.highestOutbox];
    await step('log', () => log.publish());
    await step('cursors', () => writer.sequenced(anchored));
  }
  await parts[Symbol.asyncDispose]();
  return { readings, steps };
}

function readingMs(index: number): number {
  return Math.floor((index * 1000) / WARD_READINGS_PER_SECOND);
}

/** Readings `first` up to, but not including, `end`, with the marks and progress that they move. */
function groupOf(first: number, end: number, marks: SequenceMarks): AppendArgs {
  const rows: JournalRow[] = [];
  const devices = new Set<string>();
  for (let index = first; index < end; index++) {
    const device = wardHandle(index % BEDS);
    const sequence = Math.floor(index / BEDS);
    const atMs = START_MS + readingMs(index);
    const { key, unit, value } = WARD_VITALS[sequence % WARD_VITALS.length]!;
    const body = `[{"bn":"${SESSION}:","n":"${key}","u":"${unit}","v":${value},"seq_":${sequence},"t":${atMs / 1000}}]`;
    const decoded = decodeSenml(Buffer.from(body));
    if (!decoded.ok) throw decoded.error;
    const { raw, ...measurement } = decoded.value.measurements[0]!;
    const received = {
      boot: BOOT,
      monotonicMs: readingMs(index) + 1,
      correctedMs: atMs,
      timeQuality: 'device',
    } as const;
    const bytes = encodeReading({ ...measurement, ...received, session: SESSION, sequence, device });
    marks.take(device, SESSION, sequence, atMs);
    devices.add(device);
    rows.push({ kind: 'reading', stay: STAYS[index % BEDS]!, bytes, raw });
  }
  const moved = [...devices].map((device) => marks.get(device, SESSION)!);
  const progress = moved.map(({ device, highMs }) => ({ device, lastMs: highMs, reportedToMs: START_MS }));
  return { rows: encodeRows(rows), count: rows.length, marks: moved, progress, changes: [] };
}

async function openParts(directory: string) {
  const signing = generateKeyPairSync('ed25519').privateKey;
  const kem = generateKeyPairSync('x25519');
  const recipient = (id: string) => ({ id, publicKey: rawPublicKey(kem.publicKey) });
  const store = createSecretKey(randomBytes(32));
  const path = join(directory, 'journal.db');
  const options = {
    path,
    gateway: 'bench',
    boot: { id: BOOT, wallMs: START_MS, timeTrust: 1 },
    clock: { rate: 1, originRealMs: 0, originWardMs: 0 },
    keys: { store, signing, signingPublic: ed25519PublicKey(signing), kem: kem.privateKey },
    careTeam: recipient('care-team'),
    self: recipient('gateway'),
    limits: { ...LIMITS, paddingBytes: 256 },
  } as const;
  const writer = new JournalWriter(options, { random: randomBytes, passFaultPoint: noFaultPoints, emit: () => {} });
  await writer.open();
  const changes = STAYS.map((id, i) => {
    const stay = { id, bed: String(i + 1), name: null, openedMs: START_MS, closedMs: null };
    return { type: 'open-stay', stay } as const;
  });
  writer.append({ rows: encodeRows([]), count: 0, marks: [], progress: [], changes });
  const reader = readJournalDatabase(path);
  const series = new SeriesStore(join(directory, 'series.db'));
  const onFatal = (error: Error) => {
    throw error;
  };
  const log = await openLog({ directory: join(directory, 'log'), name: 'bench', key: signing, onFatal });
  return {
    writer,
    outbox: new OutboxStore(reader),
    series,
    log,
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      series[Symbol.dispose]();
      reader.close();
      await writer.close();
    },
  };
}
