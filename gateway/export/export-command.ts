// SPDX-License-Identifier: Apache-2.0
/** `lamplight export`: readings of one stay as a CSV file, with a proof beside it. The read is on record before anything is written (I10). */
import { parseArgs } from 'node:util';
import { VITALS } from '../../devices/index.ts';
import type { CsvForm } from '../../ledger/index.ts';
import { openCareReader } from '../care-reader.ts';
import type { Command, Io } from '../command.ts';
import { dataPaths } from '../data-directory.ts';
import { GatewayError } from '../errors.ts';
import { readIdentity } from '../identity.ts';
import { correctionsSchema, wardMessageSchema } from '../messages.ts';
import { askOnRecord, type Caller, callerOf, READER_OPTIONS } from '../on-record.ts';
import { logWith, type SaidInLog, saidInLog } from '../said-in-log.ts';
import type { RecordReader } from '../series/record-reader.ts';
import { systemTimers } from '../timers.ts';
import { type ExportSource, PROOF_ENDING, writeExport } from './export-files.ts';
import type { Selection } from './selection.ts';
import { watched } from './watched.ts';

const OPTIONS = {
  ...READER_OPTIONS,
  format: { type: 'string' },
  profile: { type: 'string', default: 'machine' },
  locale: { type: 'string', default: 'en' },
  delimiter: { type: 'string' },
  'time-zone': { type: 'string' },
  bed: { type: 'string' },
  stay: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  vital: { type: 'string', multiple: true },
  out: { type: 'string' },
  data: { type: 'string', default: 'lamplight-data' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export const exportCommand: Command = async (argv, io) => {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  const form = formOf(values);
  const wrong = typeof form === 'string' ? form : wrongUse(values);
  if (wrong !== undefined || typeof form === 'string' || values.out === undefined) {
    io.stderr.write(`${wrong}\n`);
    return 2;
  }
  const watcher = { signal: io.signal, timers: systemTimers(), say: (line: string) => io.stderr.write(`${line}\n`) };
  using source = await watched(() => openSource(values, form, io), watcher);
  const { readings, batches: touched, leftOut } = await writeExport(values.out, source, watcher);
  const { corrections, identity } = source;
  io.stdout.write(`Wrote ${readings} readings of ${touched} batches to ${values.out}, and their proof beside it.\n`);
  const standing = corrections.filter(({ withdrawn }) => withdrawn === undefined).length;
  if (standing > 0) io.stdout.write(`${standing} corrections stand over some of them.\n`);
  if (leftOut > 0) io.stdout.write(`${leftOut} newer batches wait for the log's next checkpoint and are not in it.\n`);
  io.stdout.write(`Check both with: lamplight verify ${values.out}${PROOF_ENDING} --key ${identity.vkey}\n`);
  return 0;
};

/** Puts the read on record, then finds all that the files are written from. */
async function openSource(values: Values, form: CsvForm, io: Io): Promise<ExportSource & Disposable> {
  const paths = dataPaths(values.data);
  const caller = await callerOf(paths, io, values);
  const identity = await readIdentity(paths.identity);
  using opened = new DisposableStack();
  const reader = opened.use(await openCareReader(paths, io, identity.gatewayKey));
  const selection = await selectionOf(values, reader, caller);
  await putOnRecord(selection, caller);
  const { stay, fromMs, toMs } = selection;
  const corrections = await correctionsOf(selection, caller);
  const batches = reader.batches(stay, fromMs, toMs);
  const log = await logWith(paths.log, identity.vkey, reader.newestOutbox(stay, fromMs, toMs) - 1, corrections);
  const kept = opened.move();
  return { selection, form, batches, corrections, identity, log, [Symbol.dispose]: () => kept.dispose() };
}

function wrongUse(values: Values): string | undefined {
  if (values.format !== 'csv') return 'Say which format: --format csv.';
  if (values.out === undefined) return 'Say where to: --out FILE.';
  if ((values.bed === undefined) === (values.stay === undefined)) return 'Say whose readings: --bed B or --stay ID.';
  const unknown = values.vital?.find((vital) => VITALS[vital] === undefined);
  if (unknown !== undefined) return `There is no vital sign "${unknown}". Known: ${Object.keys(VITALS).join(', ')}.`;
  const times = [values.from, values.to].filter((time) => time !== undefined);
  if (times.some((time) => Number.isNaN(Date.parse(time)))) return 'A time is written like 2026-11-21T08:30:00Z.';
  return undefined;
}

/** The form, or what is wrong with the flags for it. */
function formOf({ profile, locale, delimiter, 'time-zone': zone }: Values): CsvForm | string {
  if (profile !== 'machine' && profile !== 'excel') return 'A profile is machine or excel.';
  if (delimiter !== undefined && delimiter !== ',' && delimiter !== ';') return 'A delimiter is "," or ";".';
  if (profile === 'machine') return { profile, delimiter: delimiter ?? ',', decimalMark: '.', timeZone: 'UTC' };
  try {
    const parts = new Intl.NumberFormat(locale).formatToParts(0.5);
    // A spreadsheet of a place with decimal commas expects the semicolon.
    const decimalMark = parts.some(({ type, value }) => type === 'decimal' && value === ',') ? ',' : '.';
    const { timeZone } = new Intl.DateTimeFormat('en', zone === undefined ? {} : { timeZone: zone }).resolvedOptions();
    return { profile, delimiter: delimiter ?? (decimalMark === ',' ? ';' : ','), decimalMark, timeZone };
  } catch (error) {
    if (error instanceof RangeError) return 'A locale is written like de-CH, a time zone like Europe/Zurich.';
    throw error;
  }
}

/** A bed means the person who is in it now: a file never mixes two. Without a time the range is the stay until now, in ward time. */
async function selectionOf(values: Values, reader: RecordReader, caller: Caller): Promise<Selection> {
  const { ward } = (await askOnRecord(caller, { command: 'snapshot' })) as { ward?: unknown };
  const { beds, sentMs } = wardMessageSchema.parse(ward);
  const wanted = values.stay ?? beds.find(({ bed }) => bed === values.bed)?.stay;
  const found = reader.stays().find(({ stay }) => stay === wanted);
  if (!found) throw new GatewayError('EXPORT_NO_STAY');
  return {
    stay: found.stay,
    fromMs: values.from === undefined ? found.openedMs : Date.parse(values.from),
    toMs: values.to === undefined ? sentMs : Date.parse(values.to),
    vitals: values.vital ?? [],
  };
}

async function putOnRecord({ stay, fromMs, toMs }: Selection, caller: Caller): Promise<void> {
  await askOnRecord(caller, { command: 'log-access', stay, fromMs, toMs, purpose: 'export' });
}

/** What was said of readings of the selection, in the order of the log. Throws EXPORT_CORRECTION_ELSEWHERE for one that cannot be proved here. */
async function correctionsOf({ stay, fromMs, toMs }: Selection, caller: Caller): Promise<SaidInLog[]> {
  const { corrections } = correctionsSchema.parse(await askOnRecord(caller, { command: 'corrections', stay }));
  return saidInLog(corrections.filter((one) => one.fromMs <= toMs && one.toMs >= fromMs));
}
