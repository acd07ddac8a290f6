// SPDX-License-Identifier: Apache-2.0
/**
 * `lamplight prove`: writes one proof file for one reading, named by bed or stay, vital and time, or by its identity. The read is on record
 * before anything of it is told or written (I10).
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatDecimal } from '../devices/index.ts';
import type { RecordReading } from '../ledger/index.ts';
import { openCareReader } from './care-reader.ts';
import type { Command } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { readIdentity } from './identity.ts';
import { correctionsSchema } from './messages.ts';
import { askOnRecord, type Caller, callerOf, READER_OPTIONS } from './on-record.ts';
import { proofOfReading, saidOfReading } from './proof-of-reading.ts';
import { logWith, type SaidInLog } from './said-in-log.ts';
import type { ReadBatch, RecordReader } from './series/record-reader.ts';

const OPTIONS = {
  ...READER_OPTIONS,
  data: { type: 'string', default: 'lamplight-data' },
  bed: { type: 'string' },
  stay: { type: 'string' },
  vital: { type: 'string' },
  at: { type: 'string' },
  id: { type: 'string' },
  out: { type: 'string' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** A reading asked for by time is one measured within this many ms of it. */
const AT_TOLERANCE_MS = 500;
const MAX_LISTED = 20;
const IDENTITY = /^([a-z0-9][a-z0-9-]{1,31})\/([0-9a-f]{16})\/(\d{1,15})$/;

interface Question {
  readonly stays: readonly string[];
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly fits: (reading: RecordReading) => boolean;
}
interface Match {
  readonly stay: string;
  readonly batch: ReadBatch;
  readonly position: number;
}

export const proveCommand: Command = async (argv, io) => {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  const paths = dataPaths(values.data);
  const caller = await callerOf(paths, io, values);
  const identity = await readIdentity(paths.identity);
  using reader = await openCareReader(paths, io, identity.gatewayKey);
  const question = questionOf(values, reader);
  if (!question) {
    io.stderr.write(
      'Say which reading: --bed B or --stay ID with --vital KEY and --at TIME, or --id DEVICE/EPOCH/SEQUENCE.\n',
    );
    return 2;
  }
  const matches = await matchesOf(reader, question);
  if (matches.length === 0) throw new GatewayError('READING_NOT_FOUND');
  await putOnRecord(matches, caller);
  if (matches.length > 1) {
    io.stderr.write(`${matches.length} readings fit; name one with --id:\n`);
    for (const match of matches.slice(0, MAX_LISTED)) io.stderr.write(`  ${described(match)}\n`);
    return 2;
  }
  const [match] = matches as [Match];
  const corrections = await correctionsOf(match, caller);
  const log = await logWith(paths.log, identity.vkey, match.batch.outbox - 1, corrections);
  const proof = await proofOfReading(match.batch, match.position, identity, log, corrections);
  if (values.out === undefined) {
    io.stdout.write(proof);
    return 0;
  }
  await writeFile(values.out, proof, { mode: 0o600 });
  io.stdout.write(`Wrote ${values.out}. Check it with: lamplight verify ${values.out} --key ${identity.vkey}\n`);
  return 0;
};

/** Undefined when the flags do not name a reading. */
function questionOf(values: Values, reader: RecordReader): Question | undefined {
  const everyStay = reader.stays();
  if (values.id !== undefined) {
    const [, device, session, sequence] = IDENTITY.exec(values.id) ?? [];
    if (device === undefined) return undefined;
    const fits = (r: RecordReading) => r.device === device && r.session === session && r.sequence === Number(sequence);
    return { stays: everyStay.map(({ stay }) => stay), fits };
  }
  const atMs = Date.parse(values.at ?? '');
  const { vital } = values;
  if (vital === undefined || Number.isNaN(atMs) || (values.bed === undefined) === (values.stay === undefined))
    return undefined;
  const stays = everyStay.filter(({ stay, bed }) =>
    values.stay === undefined ? bed === values.bed : stay === values.stay,
  );
  return {
    stays: stays.map(({ stay }) => stay),
    fromMs: atMs - AT_TOLERANCE_MS,
    toMs: atMs + AT_TOLERANCE_MS,
    fits: (r) => r.vital === vital && Math.abs(r.correctedMs - atMs) <= AT_TOLERANCE_MS,
  };
}

async function matchesOf(reader: RecordReader, { stays, fromMs, toMs, fits }: Question): Promise<Match[]> {
  const matches: Match[] = [];
  for (const stay of stays) {
    for await (const batch of reader.batches(stay, fromMs, toMs)) {
      for (const [position, reading] of batch.readings.entries())
        if (fits(reading)) matches.push({ stay, batch, position });
    }
  }
  return matches;
}

/** One entry for each stay of which something will be told, over the time of what is told. */
async function putOnRecord(matches: readonly Match[], caller: Caller): Promise<void> {
  for (const [stay, found = []] of Object.entries(Object.groupBy(matches, (match) => match.stay))) {
    const times = found.map(({ batch, position }) => Math.round(batch.readings[position]!.correctedMs));
    const range = { fromMs: Math.min(...times), toMs: Math.max(...times) };
    await askOnRecord(caller, { command: 'log-access', stay, ...range, purpose: 'proof' });
  }
}

/** What was said of this reading. Throws EXPORT_CORRECTION_ELSEWHERE for what cannot be proved here. */
async function correctionsOf({ stay, batch, position }: Match, caller: Caller): Promise<SaidInLog[]> {
  const { corrections } = correctionsSchema.parse(await askOnRecord(caller, { command: 'corrections', stay }));
  return saidOfReading(corrections, batch.readings[position]!);
}

function described({ batch, position }: Match): string {
  const reading = batch.readings[position]!;
  const value = reading.value ? `${formatDecimal(reading.value)} ${reading.unit}` : `absent (${reading.absent})`;
  return `${reading.device}/${reading.session}/${reading.sequence}  ${new Date(reading.correctedMs).toISOString()}  ${reading.vital} ${value}`;
}
