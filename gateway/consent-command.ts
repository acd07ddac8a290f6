// SPDX-License-Identifier: Apache-2.0
/** `lamplight consent`: grant, revoke and list consents through the running gateway. Names stay sealed on this machine. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import {
  type ConsentView,
  consentsSchema,
  grantedSchema,
  type Request,
  type Response,
  requestSchema,
  type WardMessage,
  wardMessageSchema,
} from './messages.ts';
import { readStationFile } from './station-file.ts';
import { askGateway } from './station-request.ts';

const OPTIONS = {
  data: { type: 'string', default: 'lamplight-data' },
  json: { type: 'boolean', default: false },
  bed: { type: 'string' },
  stay: { type: 'string' },
  grantor: { type: 'string' },
  grantee: { type: 'string' },
  as: { type: 'string' },
  org: { type: 'string' },
  what: { type: 'string', default: 'all vital signs' },
  from: { type: 'string' },
  to: { type: 'string' },
  until: { type: 'string' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];
type Ask = (question: object) => Promise<Response | undefined>;

const USE =
  'Say "consent list", "consent revoke ID", or "consent grant" with --bed or --stay, --grantor, --grantee, --as and --until.';

export const consentCommand: Command = async (argv, io) => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const station = await readStationFile(dataPaths(values.data).commandLine);
  if (station === undefined) throw new GatewayError('GATEWAY_NOT_REACHED');
  const by = io.env['SUDO_USER'] ?? userInfo().username;
  const ask: Ask = async (question) => {
    const request = requestSchema.safeParse({ id: randomUUID(), from: station.name, by, ...question });
    return request.success ? askGateway(station, request.data) : undefined;
  };
  const question = await questionOf(positionals, values, ask);
  const response = question && (await ask(question));
  if (!response) {
    io.stderr.write(`${USE}\n`);
    return 2;
  }
  if (!response.ok) {
    io.stderr.write(`${response.code}: ${response.message}\n${response.advice ?? ''}\n`);
    return 1;
  }
  io.stdout.write(`${wordsOf(question.command, response.result, values.json)}\n`);
  return 0;
};

type ConsentQuestion = { readonly command: Extract<Request['command'], `consent${string}`> };

/** Undefined when the words do not make one; whatever does not fit beyond that is refused by the schema. */
async function questionOf(
  [what, id, ...rest]: readonly string[],
  values: Values,
  ask: Ask,
): Promise<ConsentQuestion | undefined> {
  if (rest.length > 0) return undefined;
  if (what === 'list' && id === undefined) return { command: 'consents' };
  if (what === 'revoke') return { command: 'consent-revoke', consent: id } as ConsentQuestion;
  if (what !== 'grant' || id !== undefined || (values.bed === undefined) === (values.stay === undefined))
    return undefined;
  const snapshot = await ask({ command: 'snapshot' });
  const ward = wardMessageSchema.parse((snapshot?.result as { ward?: unknown } | undefined)?.ward);
  return grantOf(values, ward);
}

/** A consent covers the stay from its beginning, if nothing else is said, for as long as it holds. */
function grantOf({ grantor, grantee, as: reader, org, what, ...values }: Values, ward: WardMessage): ConsentQuestion {
  const bed = ward.beds.find((one) => (values.stay === undefined ? one.bed === values.bed : one.stay === values.stay));
  const notAfter = Date.parse(values.until ?? '');
  const terms = { grantor, grantee, reader, what, ...(org !== undefined && { granteeOrg: org }) };
  const question = {
    command: 'consent-grant' as const,
    stay: values.stay ?? bed?.stay,
    ...terms,
    fromMs: values.from === undefined ? Math.round(bed?.admittedMs ?? 0) : Date.parse(values.from),
    toMs: values.to === undefined ? notAfter : Date.parse(values.to),
    notBefore: Math.round(ward.sentMs),
    notAfter,
  };
  return question;
}

function wordsOf(command: ConsentQuestion['command'], result: unknown, json: boolean): string {
  if (command === 'consent-revoke')
    return 'Revoked. What is recorded from now on is under new keys; what was released before cannot be called back.';
  if (command === 'consent-grant') return grantedSchema.parse(result).consent;
  const { consents } = consentsSchema.parse(result);
  if (json) return JSON.stringify(consents);
  return consents.length === 0 ? 'There are none.' : consents.map(line).join('\n');
}

function line({ consent, details, reader, status, notAfter }: ConsentView): string {
  const whose = details ? `${details.grantor} to ${details.grantee}, ${details.what}` : 'details erased or elsewhere';
  return `${consent}  ${status.padEnd(7)}  ${reader}  until ${new Date(notAfter).toISOString()}  ${whose}`;
}
