// SPDX-License-Identifier: Apache-2.0
/** The log under load, beside Tessera's POSIX driver on the same disk in the same run; proofs and opening at a million entries. */
import { createPrivateKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519PublicKey } from '../../ledger/crypto/ed25519.ts';
import { nodeCrypto } from '../../ledger/crypto/node.ts';
import { sha256 } from '../../ledger/crypto/sha256.ts';
import { openCheckpoint } from '../../ledger/log/checkpoint.ts';
import { NodeFiles } from '../../ledger/log/files.ts';
import { GrowingTree } from '../../ledger/log/growing-tree.ts';
import { type Log, openLog } from '../../ledger/log/log.ts';
import { verifierKey } from '../../ledger/log/note.ts';
import { CompactRange } from '../../ledger/merkle/compact-range.ts';
import { leafHash } from '../../ledger/merkle/hash.ts';
import { verifyInclusion } from '../../ledger/merkle/verify.ts';
import { TimedFiles } from './timed-files.ts';

export interface LogLoad {
  readonly directory: string;
  readonly entries: number;
  /** How many appends of one entry each wait at the same time. */
  readonly inFlight: number;
}

export interface LogFigures {
  readonly entriesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Where the wall time of a load went; the parts overlap, for the disk works beside the processor. */
export interface LogCosts {
  readonly wallMs: number;
  readonly processorMs: number;
  readonly hashingMs: number;
  readonly segmentSyncMs: number;
  readonly tilesMs: number;
  readonly groups: number;
}

export interface MillionFigures {
  readonly openMs: number;
  readonly proofP50Ms: number;
  readonly proofP99Ms: number;
}

/** A batch's entry has 36 bytes, a command's a few hundred. */
export const ENTRY_BYTES = 64;
const WARM_UP_ENTRIES = 10_000;
const MILLION = 1_000_000;
const PROOFS = 500;
const NAME = 'bench.example/log';
/** PKCS 8 of an Ed25519 key whose seed is all sevens: the log of a million entries must open under the key it was built with. */
const KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});

/** Durable appends, each waited for. Settings are those of a gateway. */
export async function measureLog(load: LogLoad): Promise<{ figures: LogFigures; costs: LogCosts }> {
  await mkdir(load.directory, { recursive: true });
  const files = new TimedFiles(new NodeFiles(load.directory));
  await using log = await openBenchLog(load.directory, files);
  // A gateway is warm when a load comes; a process that has just started compiles as it goes.
  await appendEach(log, { entries: WARM_UP_ENTRIES, inFlight: load.inFlight });
  files.forget();
  const groupsBefore = log.counters()['groups']!;
  const [startedMs, startedCpu] = [performance.now(), process.cpuUsage()];
  const waits = await appendEach(log, load);
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(startedCpu);
  const costs = {
    wallMs,
    processorMs: (user + system) / 1000,
    segmentSyncMs: files.spentMs.append,
    tilesMs: files.spentMs.writeAtomic + files.spentMs.sync,
    groups: log.counters()['groups']! - groupsBefore,
    hashingMs: hashingMs(load.entries),
  };
  return { figures: { entriesPerSecond: (1000 * load.entries) / wallMs, ...percentiles(waits) }, costs };
}

/** Appends one entry at a time from each of those in flight; how long each waited, in ms. */
async function appendEach(log: Log, { entries, inFlight }: Omit<LogLoad, 'directory'>): Promise<Float64Array> {
  const waits = new Float64Array(entries);
  const first = log.highestOutbox + 1;
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < entries; i = next++) {
      const askedMs = performance.now();
      await log.append([{ outbox: first + i, entry: entryAt(i) }]);
      waits[i] = performance.now() - askedMs;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return waits;
}

/** A log of a million entries, built once and kept among the temporary files; every proof that is timed is checked as well. */
export async function measureMillion(progress: (words: string) => void): Promise<MillionFigures> {
  const directory = join(tmpdir(), `lamplight-bench-log-${MILLION}`);
  await mkdir(directory, { recursive: true });
  await build(directory, progress);
  const startedMs = performance.now();
  await using log = await openBenchLog(directory);
  const openMs = performance.now() - startedMs;
  const key = verifierKey(NAME, ed25519PublicKey(KEY), sha256);
  const { size, root } = openCheckpoint(log.checkpoint()!, key, nodeCrypto);
  const times = new Float64Array(PROOFS);
  for (let i = 0; i < PROOFS; i++) {
    // Far apart, so that no tile but the top ones is read twice.
    const index = (i * 7_919 * 131) % size;
    const askedMs = performance.now();
    const proof = await log.inclusionProof(index, size);
    times[i] = performance.now() - askedMs;
    const claim = { leafHash: leafHash(sha256, entryAt(index)), index, size, root, proof };
    if (!verifyInclusion(sha256, claim)) throw new Error(`the proof of entry ${index} does not hold`);
  }
  const { p50Ms, p99Ms } = percentiles(times);
  return { openMs, proofP50Ms: p50Ms, proofP99Ms: p99Ms };
}

async function build(directory: string, progress: (words: string) => void): Promise<void> {
  await using log = await openBenchLog(directory);
  if (log.size === MILLION) return;
  progress(`building a log of ${MILLION} entries, once`);
  const step = 10_000;
  while (log.size < MILLION) {
    const from = log.size;
    await log.append(Array.from({ length: step }, (_, i) => ({ outbox: from + i, entry: entryAt(from + i) })));
  }
}

function openBenchLog(directory: string, files?: TimedFiles): Promise<Log> {
  const onFatal = (error: Error) => {
    throw error;
  };
  return openLog({ directory, name: NAME, key: KEY, onFatal, ...(files && { files }) });
}

/** What the hashes of the tree alone take. */
function hashingMs(entries: number): number {
  const tree = new GrowingTree(sha256, { range: new CompactRange(sha256), entries: [], hashes: [] });
  const startedMs = performance.now();
  for (let i = 0; i < entries; i++) tree.append(entryAt(i));
  return performance.now() - startedMs;
}

function entryAt(i: number): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES);
  new DataView(entry.buffer).setUint32(0, i);
  return entry;
}

function percentiles(times: Float64Array): { p50Ms: number; p99Ms: number } {
  const sorted = times.toSorted();
  const at = (part: number) => sorted[Math.floor(part * sorted.length)]!;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
