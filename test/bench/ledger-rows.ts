// SPDX-License-Identifier: Apache-2.0
/** The log's figures as rows: beside Tessera's POSIX driver in the same run, each against the gate that design 8 sets. */
import { join } from 'node:path';
import { GO_MISSING, GoPrograms, type WrittenLog } from '../support/go-programs.ts';
import { ENTRY_BYTES, type LogCosts, type LogFigures, measureLog, measureMillion } from './ledger.ts';
import { notAvailable, type Row } from './table.ts';

const ENTRIES_GATE = 10_000;
const P99_GATE_MS = 50;
const PROOF_GATE_MS = 2;
const OPEN_GATE_MS = 3000;
const IN_FLIGHT = [256, 512] as const;
const TESSERA = 'Tessera v1.0.4, POSIX driver as it comes (batch 256 or 250 ms, no deduplication)';

/** `entries`: how many each load appends. */
export async function ledgerRows(scratch: string, entries: number, progress: (words: string) => void): Promise<Row[]> {
  const go = GO_MISSING ? undefined : await GoPrograms.build(scratch);
  const rows: Row[] = [];
  for (const inFlight of IN_FLIGHT) {
    progress(`log, ${inFlight} in flight`);
    const own = await measureLog({ directory: join(scratch, `log-${inFlight}`), entries, inFlight });
    const directory = join(scratch, `tessera-${inFlight}`);
    const peer = await go?.writeLog({ dir: directory, entries, bytes: ENTRY_BYTES, 'in-flight': inFlight });
    rows.push(logRow(inFlight, own.figures), peerRow(own.figures, peer), costRow(own.costs));
  }
  const million = await measureMillion(progress);
  return [
    ...rows,
    {
      what: 'inclusion proof from disk, log of a million entries, file cache warm',
      figure: `p50 ${million.proofP50Ms.toFixed(2)} ms, p99 ${million.proofP99Ms.toFixed(2)} ms`,
      gate: `p50 ${PROOF_GATE_MS} ms`,
      pass: million.proofP50Ms < PROOF_GATE_MS,
    },
    {
      what: 'a log of a million entries opens, file cache warm',
      figure: `${million.openMs.toFixed(0)} ms`,
      gate: `${OPEN_GATE_MS} ms`,
      pass: million.openMs < OPEN_GATE_MS,
    },
  ];
}

/** `programs`: folder of Fabric's programs, of FABRIC_BIN. */
export async function fabricRows(scratch: string, programs: string | undefined): Promise<Row[]> {
  const what = 'anchor on Fabric, from the head to its commit, through the outbox';
  if (programs === undefined) return [notAvailable(what, 'FABRIC_BIN names no programs of Fabric')];
  // Loaded here only: without a network nobody needs gRPC.
  const { measureFabric } = await import('./ledger-fabric.ts');
  const { anchorMs, bareMs, anchorsPerSecond, barePerSecond, logs } = await measureFabric(programs, scratch);
  return [
    {
      what: `${what}, beside a bare submit of fabric-gateway`,
      figure: `p50 ${anchorMs.toFixed(0)} ms and ${bareMs.toFixed(0)} ms: ${(anchorMs / bareMs).toFixed(2)} of it`,
      goal: '1.1 of it',
    },
    {
      what: `anchors on Fabric, ${logs} logs in flight, a gateway each`,
      figure: `${whole(anchorsPerSecond)} anchors/s; bare submits ${whole(barePerSecond)}/s: ${(anchorsPerSecond / barePerSecond).toFixed(2)} of it`,
    },
  ];
}

function logRow(inFlight: number, { entriesPerSecond, p50Ms, p99Ms }: LogFigures): Row {
  return {
    what: `log: durable entries of ${ENTRY_BYTES} bytes, ${inFlight} in flight`,
    figure: `${whole(entriesPerSecond)} entries/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    gate: `${whole(ENTRIES_GATE)} entries/s, p99 ${P99_GATE_MS} ms`,
    goal: 'level with Tessera',
    pass: entriesPerSecond >= ENTRIES_GATE && p99Ms < P99_GATE_MS,
  };
}

function peerRow(own: LogFigures, peer: WrittenLog | undefined): Row {
  if (!peer) return notAvailable(`beside it, ${TESSERA}`, 'Go is missing');
  const ratio = own.entriesPerSecond / peer.entriesPerSecond;
  return {
    what: `beside it, ${TESSERA}`,
    figure: `${whole(peer.entriesPerSecond)} entries/s, p50 ${peer.p50Ms.toFixed(1)} ms, p99 ${peer.p99Ms.toFixed(1)} ms; ours is ${ratio.toFixed(2)} of it`,
  };
}

/** Shares of the wall time; the disk works beside the processor, so they add up to more or less than the whole. */
function costRow({ wallMs, processorMs, hashingMs, segmentSyncMs, tilesMs, groups }: LogCosts): Row {
  const share = (ms: number) => `${Math.round((100 * ms) / wallMs)} %`;
  return {
    what: 'of its time: processor (all threads); tree hashes alone; write and sync of segments; of tiles and heads',
    figure: `${share(processorMs)}; ${share(hashingMs)}; ${share(segmentSyncMs)}; ${share(tilesMs)}; ${whole(groups)} groups`,
  };
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
