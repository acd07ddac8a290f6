// SPDX-License-Identifier: Apache-2.0
/**
 * `lamplight record check`: walks the whole record. Each batch is opened, stands in its chain and in the log; nothing of it is shown, so
 * nobody's access is put on record.
 */
import { parseArgs } from 'node:util';
import {
  batchEntry,
  CodedError,
  isGatewayKeyEndorsed,
  type LogView,
  nodeCrypto,
  parseVerifierKey,
  sha256,
  viewLog,
} from '../ledger/index.ts';
import { openCareReader } from './care-reader.ts';
import type { Command, Io } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { readIdentity } from './identity.ts';
import type { ReadBatch, RecordReader } from './series/record-reader.ts';

const OPTIONS = {
  data: { type: 'string', default: 'lamplight-data' },
  key: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

interface Findings {
  readonly stays: number;
  readonly batches: number;
  readonly readings: number;
  readonly gaps: number;
  /** Batches that no checkpoint covers yet. */
  readonly waiting: number;
  /** The first thing that is wrong with each stay. */
  readonly damage: readonly { readonly stay: string; readonly code: string; readonly message: string }[];
}

/** So many batches pass between two words about how far it is. */
const SAY_EVERY_BATCHES = 1_000;

export const recordCommand: Command = async (argv, io) => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (positionals.join(' ') !== 'check') {
    io.stderr.write('Say "record check".\n');
    return 2;
  }
  const paths = dataPaths(values.data);
  const identity = await readIdentity(paths.identity);
  const vkey = values.key ?? identity.vkey;
  // Else whoever writes this directory could put a gateway key of his own there.
  if (!isGatewayKeyEndorsed(nodeCrypto, parseVerifierKey(vkey, sha256), identity))
    throw new GatewayError('RECORD_KEY_NOT_ENDORSED');
  const log = await viewLog(paths.log, vkey);
  using reader = await openCareReader(paths, io, identity.gatewayKey);
  const findings = await check(reader, log, io);
  if (!findings) return 1;
  io.stdout.write(values.json ? `${JSON.stringify(findings)}\n` : inWords(findings, log));
  return findings.damage.length === 0 ? 0 : 1;
};

/** Undefined when it was stopped. Throws what keeps all of it from being checked, such as SERIES_UNREACHABLE. */
async function check(reader: RecordReader, log: LogView, io: Io): Promise<Findings | undefined> {
  const counts = { batches: 0, readings: 0, gaps: 0, waiting: 0 };
  const damage: Findings['damage'][number][] = [];
  const stays = reader.stays();
  const visit = async ({ outbox, signedPart, readings, leafZero }: ReadBatch) => {
    io.signal.throwIfAborted();
    // Outbox number n is entry n - 1 of the log (gateway/record/outbox-store.ts).
    if (outbox > log.size) counts.waiting += 1;
    else if (!(await log.holds(outbox - 1, batchEntry(signedPart))))
      throw new GatewayError('RECORD_NOT_IN_LOG', `entry ${outbox - 1}`);
    counts.batches += 1;
    counts.readings += readings.length;
    counts.gaps += leafZero.gaps.length;
    if (counts.batches % SAY_EVERY_BATCHES === 0) io.stderr.write(`${counts.batches} batches checked\n`);
  };
  for (const { stay } of stays) {
    try {
      await reader.checkChain(stay, visit);
    } catch (error) {
      if (io.signal.aborted) return undefined;
      // A store that is away says nothing about the record.
      if (!(error instanceof CodedError) || error.class !== 'permanent') throw error;
      damage.push({ stay, code: error.code, message: error.message });
    }
  }
  return { stays: stays.length, ...counts, damage };
}

function inWords({ stays, batches, readings, gaps, waiting, damage }: Findings, { size }: LogView): string {
  const lines = [
    `${batches} batches of ${stays} stays checked: ${readings} readings, ${gaps} signed gaps; the checkpoint covers ${size} entries.`,
  ];
  if (waiting > 0) lines.push(`${waiting} of them wait for the log's next checkpoint.`);
  for (const { stay, code, message } of damage) lines.push(`DAMAGED, stay ${stay}: ${code}: ${message}`);
  lines.push(
    damage.length === 0
      ? 'The record is whole: each batch opens as it was sealed and signed, follows the one before, and stands in the log.'
      : 'Of a damaged stay what comes after the first damage was not checked. Keep log, journal and series store as evidence.',
  );
  return `${lines.join('\n')}\n`;
}
