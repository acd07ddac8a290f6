// SPDX-License-Identifier: Apache-2.0
/** Reads recorded patients: WFDB records of one segment, formats 16 and 212, every column checked against its header's sum. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeviceError } from '../errors.ts';
import type { Decimal, Result } from '../reading.ts';
import { parseHeader, type RecordHeader, type SignalHeader } from './wfdb-header.ts';
import { type Column, readSamples } from './wfdb-samples.ts';

/** A header of a record with its data file; larger ones are not ours to replay. */
const HEADER_LIMIT_BYTES = 65_536;
const DATA_LIMIT_BYTES = 64 * 2 ** 20;
const FOLDER_LIMIT_RECORDS = 1_000;
/** A record of numerics has at most one row a second; faster ones are waveforms. */
const NUMERICS_LIMIT_HZ = 1;

export interface Recording {
  readonly header: RecordHeader;
  readonly columns: readonly Column[];
}

/**
 * Opens record `name` of a folder, by the name of its header or of its data file; without a name the only record of numerics.
 * Throws DeviceError WFDB_*.
 */
export async function openRecording(folder: string, name?: string): Promise<Recording> {
  const header = await chooseHeader(folder, name);
  const files = new Map<string, Uint8Array>();
  for (const { file } of header.signals) {
    if (!files.has(file)) files.set(file, await readLimited(join(folder, file), DATA_LIMIT_BYTES, 'WFDB_DATA'));
  }
  const columns = unwrap(readSamples(header, files));
  return { header, columns };
}

/** raw / gain as a decimal: the gain must be a power of ten and the baseline 0, else undefined. 558 at gain 10 is 55.8. */
export function exactValue(raw: number, { gain, baseline }: SignalHeader): Decimal | undefined {
  const places = Math.log10(gain);
  return Number.isInteger(places) && places >= 0 && baseline === 0
    ? { mantissa: raw, exponent: 0 - places }
    : undefined;
}

async function chooseHeader(folder: string, name: string | undefined): Promise<RecordHeader> {
  const headers = await readHeaders(folder);
  const fits = ({ record, signals, frameHz }: RecordHeader) =>
    name === undefined
      ? frameHz <= NUMERICS_LIMIT_HZ
      : record === name || signals.some(({ file }) => basename(file).replace(/\.[^.]*$/, '') === name);
  const chosen = headers.filter((header) => header.ok && fits(header.value)).map(unwrap);
  if (chosen.length === 1) return chosen[0] as RecordHeader;
  if (chosen.length === 0 && name !== undefined) {
    const broken = headers.find((header) => !header.ok && header.file === `${name}.hea`);
    if (broken) return unwrap(broken);
    throw new DeviceError('WFDB_MISSING', name);
  }
  throw new DeviceError('WFDB_AMBIGUOUS', chosen.map(({ record }) => record).join(', '));
}

async function readHeaders(folder: string): Promise<(Result<RecordHeader, DeviceError> & { file: string })[]> {
  let files: string[];
  try {
    files = (await readdir(folder)).filter((file) => file.endsWith('.hea')).sort();
  } catch (cause) {
    throw new DeviceError('WFDB_MISSING', undefined, { cause });
  }
  if (files.length > FOLDER_LIMIT_RECORDS) throw new DeviceError('WFDB_AMBIGUOUS', 'too many records');
  return Promise.all(
    files.map(async (file) => {
      const bytes = await readLimited(join(folder, file), HEADER_LIMIT_BYTES, 'WFDB_HEADER');
      return { file, ...parseHeader(new TextDecoder().decode(bytes)) };
    }),
  );
}

async function readLimited(path: string, limitBytes: number, code: 'WFDB_HEADER' | 'WFDB_DATA'): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > limitBytes) throw new DeviceError(code, 'too large');
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError(code, 'not readable', { cause });
  }
}

function unwrap<T>(result: Result<T, DeviceError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}
