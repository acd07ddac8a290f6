// SPDX-License-Identifier: Apache-2.0
/** `lamplight patients`: admit, link and discharge through the running gateway, in the words that a station uses. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { dataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { requestSchema, wardMessageSchema } from './messages.ts';
import { readStationFile } from './station-file.ts';
import { askGateway } from './station-request.ts';

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
  const response = await askGateway(station, request.data);
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
