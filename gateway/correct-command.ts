// SPDX-License-Identifier: Apache-2.0
/** `lamplight correct`: says of readings that they are in error or another patient's, or takes that back, through the running gateway. The originals stay. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { VITALS } from '../devices/index.ts';
import type { Command, Io } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { type Correction, correctionsSchema, requestSchema, wardMessageSchema } from './messages.ts';
import { readStationFile, type StationFile } from './station-file.ts';
import { askGateway } from './station-request.ts';

const OPTIONS = {
  bed: { type: 'string' },
  stay: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  vital: { type: 'string' },
  reason: { type: 'string' },
  why: { type: 'string' },
  withdraw: { type: 'string' },
  json: { type: 'boolean', default: false },
  data: { type: 'string', default: 'lamplight-data' },
} as const;
const ID = /^[0-9a-f]{32}$/;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export const correctCommand: Command = async (argv, io) => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const isList = positionals[0] === 'list' && positionals.length === 1;
  const job = isList ? 'list' : values.withdraw === undefined ? 'correct' : 'withdraw';
  const wrong = positionals.length > 0 && !isList ? 'Say "correct ..." or "correct list ...".' : wrongUse(values, job);
  if (wrong !== undefined) {
    io.stderr.write(`${wrong}\n`);
    return 2;
  }
  const station = await readStationFile(dataPaths(values.data).commandLine);
  if (station === undefined) throw new GatewayError('GATEWAY_NOT_REACHED');
  const stay = job === 'withdraw' ? {} : { stay: values.stay ?? (await stayOn(station, values.bed ?? '', io)) };
  const request = requestSchema.safeParse({ ...common(station, io), ...stay, ...JOBS[job](values) });
  if (!request.success) {
    io.stderr.write(`That is no correction: ${request.error.issues[0]?.path.join('.')}.\n`);
    return 2;
  }
  const { ok, code, message, advice, result } = await askGateway(station, request.data);
  if (!ok) {
    io.stderr.write(`${code}: ${message}\n${advice ?? ''}\n`);
    return 1;
  }
  if (job === 'list') io.stdout.write(listing(correctionsSchema.parse(result).corrections, values.json));
  else io.stdout.write(DONE[job]);
  return 0;
};

type Job = 'list' | 'withdraw' | 'correct';

const DONE = {
  correct: 'On record. The readings stay in the record, and are shown as corrected from now on.\n',
  withdraw:
    'On record. The readings are shown as before; the correction, and that it was taken back, stay with them.\n',
};

/** What is asked of the gateway. */
const JOBS: Readonly<Record<Job, (values: Values) => object>> = {
  list: () => ({ command: 'corrections' }),
  withdraw: ({ withdraw, why }) => ({ command: 'withdraw-correction', correction: withdraw, why }),
  correct: ({ from = '', to = '', vital, reason, why }) => {
    const range = { fromMs: Date.parse(from), toMs: Date.parse(to) };
    return { command: 'correct', ...range, ...(vital !== undefined && { vital }), reason, why };
  },
};

function wrongUse(values: Values, job: Job): string | undefined {
  if (job === 'withdraw') return wrongWithdrawal(values);
  if ((values.bed === undefined) === (values.stay === undefined)) return 'Say whose readings: --bed B or --stay ID.';
  if (job === 'list') return undefined;
  const [from, to] = [Date.parse(values.from ?? ''), Date.parse(values.to ?? '')];
  if (Number.isNaN(from) || Number.isNaN(to)) return 'Say when: --from and --to, like 2026-11-21T08:30:00Z.';
  if (from > to) return '--from lies after --to.';
  if (values.vital !== undefined && VITALS[values.vital] === undefined)
    return `There is no vital sign "${values.vital}". Known: ${Object.keys(VITALS).join(', ')}.`;
  if (values.reason !== 'in-error' && values.reason !== 'another-patient')
    return 'Say what is wrong: --reason in-error or --reason another-patient.';
  return values.why?.trim() ? undefined : WHY;
}

const WHY = 'Say why, in your words: --why TEXT.';

/** A withdrawal says nothing of readings anew: whoever also names some means something else. */
function wrongWithdrawal({ withdraw, why, json: _json, data: _data, ...rest }: Values): string | undefined {
  if (!ID.test(withdraw ?? '')) return 'Say which correction: --withdraw ID, as "correct list" shows it.';
  const other = Object.keys(rest)[0];
  if (other !== undefined) return `--withdraw takes back a whole correction: leave --${other} out.`;
  return why?.trim() ? undefined : WHY;
}

async function stayOn(station: StationFile, bed: string, io: Io): Promise<string> {
  const { result } = await askGateway(station, { ...common(station, io), command: 'snapshot' });
  const ward = wardMessageSchema.parse((result as { ward?: unknown }).ward);
  const stay = ward.beds.find((each) => each.bed === bed)?.stay;
  if (!stay) throw new GatewayError('BED_EMPTY');
  return stay;
}

/** Through sudo the account is a shared one; the person behind it is who says so. */
function common({ name }: StationFile, io: Io) {
  return { id: randomUUID(), from: name, by: io.env['SUDO_USER'] ?? userInfo().username };
}

function listing(corrections: readonly Correction[], json: boolean): string {
  if (json) return `${JSON.stringify(corrections)}\n`;
  if (corrections.length === 0) return 'Nothing was corrected.\n';
  const time = (ms: number) => new Date(ms).toISOString();
  return corrections
    .map(
      ({ correction, fromMs, toMs, vital, reason, by, why, atMs, withdrawn }) =>
        `${correction}  ${time(fromMs)} to ${time(toMs)}  ${vital ?? 'all'}  ${reason}\n  ${by}, ${time(atMs)}: ${why}\n` +
        (withdrawn ? `  taken back by ${withdrawn.by}, ${time(withdrawn.atMs)}: ${withdrawn.why}\n` : ''),
    )
    .join('');
}
