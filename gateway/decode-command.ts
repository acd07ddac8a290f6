// SPDX-License-Identifier: Apache-2.0
/**
 * `lamplight decode senml|serial`: one JSON object per line in, one per line out. In: `{"body": "[...]"}` or
 * `{"model": "nonin-df2", "hex": "..."}`; serial lines are the chunks of one stream. Out: `{"measurements": [...], "errors": [...]}`.
 */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { type DeviceError, Df2Decoder, decodeSenml, formatDecimal, type Measurement } from '../devices/index.ts';
import type { Command } from './command.ts';
import { GatewayError } from './errors.ts';

const LINE_MAX_CHARACTERS = 1024 * 1024;
const senmlLine = z.strictObject({ body: z.string() });
const serialLine = z.strictObject({ model: z.literal('nonin-df2'), hex: z.hex() });

interface Decoded {
  readonly measurements: readonly Measurement[];
  readonly errors: readonly (DeviceError | GatewayError)[];
}
type Decode = (line: unknown) => Decoded;

/** Resolves with 0 when every line was decoded, 1 when one was refused. */
export const decodeCommand: Command = async (argv, io) => {
  const decode = argv.length === 1 ? decoderOf(argv[0]) : undefined;
  if (decode === undefined) {
    io.stderr.write('Say "decode senml" or "decode serial".\n');
    return 2;
  }
  let refused = 0;
  for await (const line of createInterface({ input: Readable.from(io.stdin), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const { measurements, errors } = decode(parseLine(line));
    refused += errors.length;
    const answer = {
      measurements: measurements.map(printable),
      errors: errors.map(({ code, message }) => ({ code, message })),
    };
    io.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  return refused === 0 ? 0 : 1;
};

function decoderOf(what: string | undefined): Decode | undefined {
  if (what === 'senml') return decodeSenmlLine;
  if (what === 'serial') return serialDecoder();
  return undefined;
}

function decodeSenmlLine(line: unknown): Decoded {
  const input = senmlLine.safeParse(line);
  if (!input.success) return malformed();
  const result = decodeSenml(Buffer.from(input.data.body));
  return result.ok
    ? { measurements: result.value.measurements, errors: [] }
    : { measurements: [], errors: [result.error] };
}

function serialDecoder(): Decode {
  const decoder = new Df2Decoder();
  return (line) => {
    const input = serialLine.safeParse(line);
    if (!input.success) return malformed();
    const frames = decoder.push(Buffer.from(input.data.hex, 'hex'));
    return {
      measurements: frames.flatMap((frame) => (frame.ok ? frame.value : [])),
      errors: frames.flatMap((frame) => (frame.ok ? [] : [frame.error])),
    };
  };
}

function parseLine(line: string): unknown {
  if (line.length > LINE_MAX_CHARACTERS) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    // Answered like every other line that is not of the form.
    return undefined;
  }
}

function malformed(): Decoded {
  return { measurements: [], errors: [new GatewayError('DECODE_LINE_MALFORMED')] };
}

/** Values as decimals in the device's own digits, bytes left out: they stand in the input. */
function printable({ raw: _, value, ...rest }: Measurement): object {
  return value === undefined ? rest : { ...rest, value: formatDecimal(value) };
}
