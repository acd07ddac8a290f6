// SPDX-License-Identifier: Apache-2.0
/** `lamplight patients`: admit, link and discharge through the running gateway, in the words that a station uses. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import mqtt from 'mqtt';
import type { Command } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { type Request, type Response, requestSchema, responseSchema, topics, wardMessageSchema } from './messages.ts';
import { readStationFile, type StationFile } from './station-file.ts';

const ANSWER_MS_MAX = 5000;
const OPTIONS = {
  data: { type: 'string' },
  json: { type: 'boolean' },
  name: { type: 'string' },
  device: { type: 'string' },
  confirm: { type: 'boolean' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export const patientsCommand: Command = async (argv, io) => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const fields = fieldsOf(positionals, values);
  const station = await readStationFile(dataPaths(values.data ?? 'lamplight-data').commandLine);
  const common = { id: randomUUID(), from: station?.name ?? 'unknown', by: userInfo().username };
  const request = requestSchema.safeParse({ ...common, ...fields });
  if (!request.success) {
    io.stderr.write('Say "patients list", "admit BED", "link BED HANDLE", "unlink HANDLE" or "discharge BED".\n');
    return 2;
  }
  if (station === undefined) throw new GatewayError('GATEWAY_NOT_REACHED');
  const response = await ask(station, request.data);
  if (!response.ok) {
    io.stderr.write(`${response.code}: ${response.message}\n${response.advice ?? ''}\n`);
    return 1;
  }
  if (request.data.command !== 'snapshot') io.stdout.write('Done.\n');
  else io.stdout.write(`${listing(response.result, values.json ?? false)}\n`);
  return 0;
};

/** The request without its address; whatever does not fit is refused by the schema. */
function fieldsOf([what, first, second, ...rest]: readonly string[], { name, device, confirm }: Values): object {
  if (rest.length > 0) return {};
  if (what === 'list' && first === undefined) return { command: 'snapshot' };
  if (what === 'admit' && second === undefined) return { command: 'admit', bed: first, name, device, confirm };
  if (what === 'link') return { command: 'link', bed: first, device: second, confirm };
  if (what === 'unlink' && second === undefined) return { command: 'unlink', device: first };
  if (what === 'discharge' && second === undefined) return { command: 'discharge', bed: first };
  return {};
}

/** Signs in, asks once, leaves. Throws GatewayError GATEWAY_NOT_REACHED. */
async function ask(station: StationFile, request: Request): Promise<Response> {
  const { host, port, name, secret } = station;
  const names = topics(station.gateway);
  const client = mqtt.connect({
    host,
    port,
    protocolVersion: 4,
    clientId: name,
    username: name,
    password: secret,
    reconnectPeriod: 0,
    connectTimeout: ANSWER_MS_MAX,
  });
  const answer = Promise.withResolvers<Response>();
  const unreached = (cause?: Error) => answer.reject(new GatewayError('GATEWAY_NOT_REACHED', undefined, { cause }));
  const deadline = setTimeout(unreached, ANSWER_MS_MAX);
  client.on('error', unreached);
  client.on('close', () => unreached());
  client.on('message', (_, body) => {
    const response = parseResponse(body);
    if (response?.id === request.id) answer.resolve(response);
  });
  client.on('connect', () => {
    client.subscribe(names.response(name), () => client.publish(names.request, JSON.stringify(request), { qos: 1 }));
  });
  try {
    return await answer.promise;
  } finally {
    clearTimeout(deadline);
    client.end(true);
  }
}

function parseResponse(body: Uint8Array): Response | undefined {
  try {
    return responseSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    // Nothing that the gateway says; the deadline ends the wait.
    return undefined;
  }
}

function listing(result: unknown, json: boolean): string {
  const ward = wardMessageSchema.parse((result as { ward?: unknown }).ward);
  if (json) return JSON.stringify(ward);
  return ward.beds
    .map(({ bed, stay, name }) => {
      const devices = ward.devices.filter((device) => device.bed === bed).map((device) => device.device);
      return `bed ${bed.padEnd(6)} ${stay === null ? 'free' : `${name ?? 'unknown'}  ${devices.join(' ')}`}`;
    })
    .join('\n');
}
