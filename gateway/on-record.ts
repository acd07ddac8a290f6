// SPDX-License-Identifier: Apache-2.0
/** How the command line reads: through the running gateway, which puts the read on record before anything is released (I10). */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Io } from './command.ts';
import type { DataPaths } from './data-directory.ts';
import { GatewayError } from './errors.ts';
import { type Request, type Response, requestSchema } from './messages.ts';
import { readStationFile, type StationFile } from './station-file.ts';
import { askGateway } from './station-request.ts';

/** Flags that say as whom somebody reads. */
export const READER_OPTIONS = {
  as: { type: 'string' },
  consent: { type: 'string' },
  emergency: { type: 'string' },
} as const;

export interface Caller {
  readonly station: StationFile;
  /** Who reads. */
  readonly by: string;
  /** As whom, as the flags have it; the gateway's schema judges. */
  readonly as: { readonly reader?: string; readonly consent?: string; readonly emergency?: string };
}

type ReaderFlags = { readonly [flag in keyof typeof READER_OPTIONS]?: string | undefined };

/** Throws READ_NOT_ON_RECORD when no gateway ran here yet. */
export async function callerOf(paths: DataPaths, io: Io, flags: ReaderFlags): Promise<Caller> {
  const station = await readStationFile(paths.commandLine);
  if (station === undefined) throw new GatewayError('READ_NOT_ON_RECORD');
  const { as: reader, consent, emergency } = flags;
  return {
    station,
    // Through sudo the account is a shared one; the person behind it is who reads.
    by: io.env['SUDO_USER'] || userInfo().username,
    as: { ...(reader && { reader }), ...(consent && { consent }), ...(emergency && { emergency }) },
  };
}

type Question = Request extends infer R ? (R extends Request ? Omit<R, 'id' | 'from' | 'by'> : never) : never;

/** The gateway's answer. Throws READ_NOT_ON_RECORD when there is none, or it refuses; READER_UNKNOWN for flags that name no reader. */
export async function askOnRecord({ station, by, as }: Caller, question: Question): Promise<unknown> {
  const asked = question.command === 'log-access' ? { ...question, ...as } : question;
  const request = requestSchema.safeParse({ id: randomUUID(), from: station.name, by, ...asked });
  if (!request.success) throw new GatewayError('READER_UNKNOWN');
  let response: Response;
  try {
    response = await askGateway(station, request.data);
  } catch (cause) {
    if (!(cause instanceof GatewayError) || cause.code !== 'GATEWAY_NOT_REACHED') throw cause;
    throw new GatewayError('READ_NOT_ON_RECORD', undefined, { cause });
  }
  if (!response.ok) throw new GatewayError('READ_NOT_ON_RECORD', response.code);
  return response.result;
}
