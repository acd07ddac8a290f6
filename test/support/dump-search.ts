// SPDX-License-Identifier: Apache-2.0
/** Looks for planted names, ids and runs of values in a dump, in every encoding of docs/formats.md, "A dump search". */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeCbor } from '../../ledger/index.ts';

export interface Planted {
  readonly texts: readonly string[];
  /** Consecutive integers as they were measured; a run of at least 6, so that chance does not find it. */
  readonly run: readonly number[];
}

export interface Found {
  readonly what: string;
  readonly encoding: string;
}

/** Every file below `paths`, one after the other. */
export async function dumpOf(...paths: readonly string[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const path of paths) {
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) parts.push(await readFile(path));
    else
      for (const entry of entries) if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name)));
  }
  return Buffer.concat(parts);
}

export function searchDump(dump: Buffer, planted: Planted): Found[] {
  return needlesOf(planted)
    .filter(({ bytes }) => dump.includes(bytes))
    .map(({ what, encoding }) => ({ what, encoding }));
}

function needlesOf({ texts, run }: Planted): { what: string; encoding: string; bytes: Buffer }[] {
  const ofTexts = texts.flatMap((text) => {
    const raw = Buffer.from(text);
    const asId = /^(?:[0-9a-f]{2})+$/.test(text)
      ? [{ what: text, encoding: 'bytes', bytes: Buffer.from(text, 'hex') }]
      : [];
    return [
      { what: text, encoding: 'text', bytes: raw },
      { what: text, encoding: 'hex', bytes: Buffer.from(raw.toString('hex')) },
      { what: text, encoding: 'base64', bytes: base64Core(raw) },
      { what: text, encoding: 'cbor', bytes: Buffer.from(encodeCbor(text)) },
      { what: text, encoding: 'utf16', bytes: Buffer.from(text, 'utf16le') },
      ...asId,
    ];
  });
  const what = `run ${run[0]}..${run.at(-1)}`;
  const packed = (width: number, write: (buffer: Buffer, value: number, at: number) => void) => {
    const buffer = Buffer.alloc(width * run.length);
    for (const [i, value] of run.entries()) write(buffer, value, width * i);
    return buffer;
  };
  const ofRun = [
    { encoding: 'decimal text', bytes: Buffer.from(run.join(',')) },
    { encoding: 'cbor', bytes: Buffer.concat(run.map((value) => Buffer.from(encodeCbor(value)))) },
    { encoding: 'int16le', bytes: packed(2, (b, v, at) => b.writeInt16LE(v, at)) },
    { encoding: 'int16be', bytes: packed(2, (b, v, at) => b.writeInt16BE(v, at)) },
    { encoding: 'int32le', bytes: packed(4, (b, v, at) => b.writeInt32LE(v, at)) },
    { encoding: 'int32be', bytes: packed(4, (b, v, at) => b.writeInt32BE(v, at)) },
    { encoding: 'float64le', bytes: packed(8, (b, v, at) => b.writeDoubleLE(v, at)) },
    { encoding: 'float64be', bytes: packed(8, (b, v, at) => b.writeDoubleBE(v, at)) },
  ].map((needle) => ({ what, ...needle }));
  return [
    ...ofTexts,
    ...ofRun,
    ...ofRun.map(({ encoding, bytes, ...rest }) => ({
      ...rest,
      encoding: `${encoding} in hex`,
      bytes: Buffer.from(bytes.toString('hex')),
    })),
  ];
}

/** The part of a base64 text that does not depend on where in a longer text it begins: only aligned text is looked for. */
function base64Core(raw: Buffer): Buffer {
  const whole = raw.subarray(0, raw.length - (raw.length % 3));
  return Buffer.from(whole.toString('base64'));
}
