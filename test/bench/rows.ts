// SPDX-License-Identifier: Apache-2.0
/** Figures as rows of the table, each against the gate that design 8 sets. */
import type { BoardFigures } from './board.ts';
import type { Ingest } from './ingest.ts';
import type { PeerFigures } from './plain-points.ts';
import type { StoredBytes } from './stored-bytes.ts';
import type { Row } from './table.ts';
import type { PatientTime } from './trend.ts';
import type { Written } from './written.ts';

const INGEST_GATE = 20_000;
const BOARD_P99_GATE_MS = 100;
const WRITTEN_GATE_BYTES = 2000;
const RESIDENT_GATE_BYTES = 150e6;
const TREND_GATE_MS = 300;
const VERIFY_GATE_MS = 50;
const VERIFY_DAY_GATE_MS = 5000;
const WARD = '32 beds x 6 vitals x 1 Hz';

export function ingestRow(store: string, { readings, seconds, gatewayCpuSeconds }: Ingest): Row {
  const perSecond = readings / seconds;
  return {
    what: `ingest to ${store}: journalled, sealed, stored, anchored; 32 clients, one reading a QoS 1 message`,
    figure: `${whole(perSecond)} readings/s, ${((1e6 * gatewayCpuSeconds) / readings).toFixed(1)} us of processor each`,
    gate: `${whole(INGEST_GATE)} readings/s`,
    goal: 'level with Telegraf',
    pass: perSecond >= INGEST_GATE,
  };
}

/** `own`: our ingest into the same store, for the ratio. */
export function peerRow(what: string, { readings, seconds }: PeerFigures, own: Ingest): Row {
  const perSecond = readings / seconds;
  const ratio = own.readings / own.seconds / perSecond;
  return { what: `beside it, ${what}`, figure: `${whole(perSecond)} readings/s; ours is ${ratio.toFixed(2)} of it` };
}

export function storedRow(store: string, { storedBytesPerReading }: Ingest, plain?: PeerFigures): Row {
  const what = `bytes stored a reading in ${store}, sealed (32 devices, 1,000 readings a batch)`;
  const figure = `${storedBytesPerReading.toFixed(2)} B`;
  if (!plain) return { what, figure };
  const gate = plain.storedBytesPerReading;
  return { what, figure, gate: `${gate.toFixed(2)} B, plain points of this run`, pass: storedBytesPerReading <= gate };
}

export function patientStoredRow({ sealed, plain, plainReceived, envelopes }: StoredBytes): Row {
  return {
    what: "bytes stored a reading in InfluxDB, sealed: one patient's six vitals at 1 Hz, one device each",
    figure: `${sealed.toFixed(2)} B (envelopes ${envelopes.toFixed(2)} B; plain points without the receive time ${plain.toFixed(2)} B)`,
    gate: `${plainReceived.toFixed(2)} B, plain points with the receive time, of this run`,
    pass: sealed <= plainReceived,
  };
}

export function boardRow({ p50Ms, p99Ms, maxMs, readings, overtaken }: BoardFigures, syncs?: number): Row {
  const disk = syncs === undefined ? '' : ', every fsync 30 ms slower';
  const late = overtaken === 0 ? '' : `, ${whole(overtaken)} of them overtaken by a newer one`;
  const bit = syncs === undefined ? '' : ` (${whole(syncs)} fsyncs, all of them slower)`;
  return {
    what: `sensor to board, ${WARD}${disk}`,
    figure: `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(0)} ms of ${whole(readings)}${late}${bit}`,
    gate: `p99 ${BOARD_P99_GATE_MS} ms`,
    pass: p99Ms < BOARD_P99_GATE_MS,
  };
}

export function writtenRow({ writtenBytesPerReading }: BoardFigures, seconds: number): Row {
  return {
    what: `written to disk a reading, ${WARD}, ${seconds} s`,
    figure: `${whole(writtenBytesPerReading)} B`,
    gate: `${whole(WRITTEN_GATE_BYTES)} B`,
    goal: '500 B',
    pass: writtenBytesPerReading <= WRITTEN_GATE_BYTES,
  };
}

/** What causes them, largest first. */
export function writtenSteps({ readings, steps }: Written, seconds: number): Row[] {
  const sum = [...steps.values()].reduce((a, b) => a + b, 0);
  const shares = [...steps].sort(([, a], [, b]) => b - a).map(([name, bytes]) => `${name} ${whole(bytes / readings)}`);
  return [
    {
      what: `written to disk a reading, by cause, ${WARD}, ${seconds} s by a clock of its own`,
      figure: `${whole(sum / readings)} B: ${shares.join(', ')}`,
      gate: `${whole(WRITTEN_GATE_BYTES)} B`,
      goal: '500 B',
      pass: sum / readings <= WRITTEN_GATE_BYTES,
    },
  ];
}

export function memoryRow(how: string, { residentBytes }: BoardFigures): Row {
  return {
    what: `gateway's resident memory, ${how}, ${WARD}`,
    figure: `${whole(residentBytes / 1e6)} MB`,
    gate: `${whole(RESIDENT_GATE_BYTES / 1e6)} MB`,
    pass: residentBytes < RESIDENT_GATE_BYTES,
  };
}

/** Gates are for a whole day; a shorter time is only shown. */
export function patientRows(time: PatientTime, hours: number): Row[] {
  const isDay = hours === 24;
  const span = `${hours} h of one patient's 1 Hz vitals (${whole(time.readings)} readings)`;
  return [
    {
      what: `trend of ${span}: signatures checked, opened, thinned, handed over`,
      figure: `${whole(time.trendMs)} ms server time (${whole(time.firstTrendMs)} ms the first, ${whole(time.trendBytes / 1000)} kB); the asking thread stood still for ${whole(time.blockedMs)} ms at most`,
      gate: `${TREND_GATE_MS} ms for 24 h`,
      ...(isDay && { pass: time.trendMs < TREND_GATE_MS }),
    },
    {
      what: `${span} verified offline: ${time.batches} batches opened, every leaf, every link of the chain`,
      figure: `${whole(time.checkMs)} ms`,
      gate: `${whole(VERIFY_DAY_GATE_MS)} ms for 24 h`,
      ...(isDay && { pass: time.checkMs < VERIFY_DAY_GATE_MS }),
    },
    {
      what: `${span} verified offline as an exported file, the whole command`,
      figure: `${whole(time.exportVerifyMs)} ms`,
      gate: `${whole(VERIFY_DAY_GATE_MS)} ms for 24 h`,
      ...(isDay && { pass: time.exportVerifyMs < VERIFY_DAY_GATE_MS }),
    },
    {
      what: 'one reading verified offline from its proof file',
      figure: `${time.verifyMs.toFixed(1)} ms`,
      gate: `${VERIFY_GATE_MS} ms`,
      pass: time.verifyMs < VERIFY_GATE_MS,
    },
  ];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
