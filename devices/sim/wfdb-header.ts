// SPDX-License-Identifier: Apache-2.0
/** The text header of a WFDB record (header(5) of the WFDB Applications Guide), as far as single-segment records need it. */
import { DeviceError } from '../errors.ts';
import type { Result } from '../reading.ts';

const MAX_SIGNALS = 64;
const MAX_SAMPLES_PER_FRAME = 64;
const MAX_SKEW_FRAMES = 10_000;
const MAX_OFFSET_BYTES = 65_536;
const MAX_FRAMES = 100_000_000;

export interface SignalHeader {
  /** Plain file name, beside the header. */
  readonly file: string;
  readonly format: 16 | 212;
  readonly samplesPerFrame: number;
  readonly skewFrames: number;
  readonly offsetBytes: number;
  /** Physical value = (raw - baseline) / gain. */
  readonly gain: number;
  readonly baseline: number;
  readonly unit: string;
  readonly initial: number;
  /** Sum of all stored samples, as a signed 16-bit number. */
  readonly checksum: number;
  readonly name: string;
}

export interface RecordHeader {
  readonly record: string;
  readonly frameHz: number;
  readonly frames: number;
  readonly signals: readonly SignalHeader[];
}

const NUMBER = String.raw`[+-]?\d{1,9}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?`;
const INTEGER = String.raw`-?\d{1,9}`;
const RECORD_LINE = new RegExp(
  String.raw`^([A-Za-z0-9_-]{1,64}) +(\d{1,3}) +(${NUMBER})(?:\/\S{1,32})? +(\d{1,9})(?: .*)?$`,
);
const SIGNAL_LINE = new RegExp(
  String.raw`^(\S{1,255}) +(16|212)(?:x(\d{1,3}))?(?::(\d{1,6}))?(?:\+(\d{1,6}))? +(${NUMBER})(?:\((${INTEGER})\))?(?:\/(\S{1,32}))?` +
    String.raw` +(\d{1,3}) +(${INTEGER}) +(${INTEGER}) +(${INTEGER}) +(\d{1,9}) +(.{1,64})$`,
);

/** Reads a header; lines may end with CR, and blank or comment lines stand anywhere. Error: WFDB_HEADER. */
export function parseHeader(text: string): Result<RecordHeader, DeviceError> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [, record = '', count = '0', rate = '0', frames = '0'] = RECORD_LINE.exec(lines[0] ?? '') ?? [];
  const signalLines = lines.slice(1, 1 + Number(count));
  if (record === '' || Number(count) < 1 || Number(count) > MAX_SIGNALS) return refuse('record line');
  if (!(Number(rate) > 0) || Number(frames) < 1 || Number(frames) > MAX_FRAMES) return refuse('record line');
  if (lines.length !== 1 + Number(count)) return refuse('number of signal lines');
  const signals = signalLines.map(parseSignal);
  if (!signals.every((signal) => signal !== undefined)) return refuse('signal line');
  return { ok: true, value: { record, frameHz: Number(rate), frames: Number(frames), signals } };
}

function parseSignal(line: string): SignalHeader | undefined {
  const match = SIGNAL_LINE.exec(line);
  if (!match) return undefined;
  const [
    ,
    file = '',
    format,
    perFrame = '1',
    skew = '0',
    offset = '0',
    gain,
    baseline,
    unit = 'mV',
    ,
    zero,
    initial,
    sum,
    ,
    name = '',
  ] = match;
  const signal: SignalHeader = {
    file,
    format: format === '212' ? 212 : 16,
    samplesPerFrame: Number(perFrame),
    skewFrames: Number(skew),
    offsetBytes: Number(offset),
    gain: Number(gain),
    baseline: Number(baseline ?? zero),
    unit,
    initial: Number(initial),
    checksum: Number(sum),
    name,
  };
  return isUsable(signal) ? signal : undefined;
}

/** A header comes from outside: its file must lie beside it, and its numbers must not make us allocate what it likes. */
function isUsable({ file, samplesPerFrame, skewFrames, offsetBytes, gain }: SignalHeader): boolean {
  const plainName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(file);
  const limited =
    samplesPerFrame >= 1 &&
    samplesPerFrame <= MAX_SAMPLES_PER_FRAME &&
    skewFrames <= MAX_SKEW_FRAMES &&
    offsetBytes <= MAX_OFFSET_BYTES;
  return plainName && limited && gain > 0;
}

function refuse(detail: string): { ok: false; error: DeviceError } {
  return { ok: false, error: new DeviceError('WFDB_HEADER', detail) };
}
