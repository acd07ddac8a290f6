// SPDX-License-Identifier: Apache-2.0
/** Nonin data format 2 (OEM III, Xpod), 9600 8N1: a packet is 25 frames of 5 bytes (01, status, pleth, data, sum), 3 packets a second. */
import { DeviceError, type DeviceErrorCode } from '../errors.ts';
import { type AbsentReason, FLAG, type Measurement, type Result } from '../reading.ts';
import { VITALS } from '../vitals.ts';
import type { FrameDecoder, Framer, FramerCounters } from './framer.ts';

export const DF2_BAUD = 9600;
export const DF2_PACKETS_PER_SECOND = 3;
export const DF2_FRAMES = 25;
export const DF2_PACKET_BYTES = DF2_FRAMES * 5;
const FRAME_BYTES = 5;
const FRAME_START = 0x01;

/** Bits of the status byte. Its bit 7 is always set. */
export const DF2_STATUS = {
  always: 0x80,
  sensorDisconnected: 0x40,
  artefact: 0x20,
  outOfTrack: 0x10,
  sensorAlarm: 0x08,
  redPerfusion: 0x04,
  greenPerfusion: 0x02,
  /** Set in the first frame of a packet only. */
  sync: 0x01,
} as const;

const NO_PULSE_RATE = 511;
const NO_SPO2 = 127;
/** The start and status byte of a frame say whether it is the first of a packet. */
const SYNC_BYTES = 2;
/** Frames (counted from 1) whose data byte is the high half of a 2 + 7 bit rate, and those that are a saturation. */
const RATE_FRAMES = [1, 14, 20, 22];
const SPO2_FRAMES = [3, 9, 10, 11, 16, 17];
const PULSE_RATE_D = 20;
const SPO2_D = 9;

/**
 * Finds packets byte by byte; holds one packet at most. A packet is released when the next one begins with its SYNC (13 ms
 * later): without that, a frame that stands twice would shift the ones behind it, and a rate of 172 would read as 129. A refused
 * packet yields one error, then silence until the next SYNC.
 */
export class Df2Framer implements Framer {
  readonly #held = new Uint8Array(DF2_PACKET_BYTES + SYNC_BYTES);
  #length = 0;
  #inStep = false;
  readonly #counters = { frames: 0, badFrames: 0, resyncs: 0, droppedBytes: 0 };

  push(chunk: Uint8Array): readonly Result<Uint8Array, DeviceError>[] {
    const out: Result<Uint8Array, DeviceError>[] = [];
    for (const byte of chunk) {
      this.#held[this.#length] = byte;
      this.#length += 1;
      const wrong = faultAt(this.#held, this.#length - 1);
      if (wrong !== undefined) this.#resync(wrong, out);
      else if (this.#length === FRAME_BYTES) this.#inStep = true;
      else if (this.#length === this.#held.length) {
        this.#counters.frames += 1;
        out.push({ ok: true, value: this.#held.slice(0, DF2_PACKET_BYTES) });
        this.#held.copyWithin(0, DF2_PACKET_BYTES);
        this.#length = SYNC_BYTES;
      }
    }
    return out;
  }

  counters(): FramerCounters {
    return { ...this.#counters };
  }

  #resync(wrong: DeviceErrorCode, out: Result<Uint8Array, DeviceError>[]): void {
    // Out of step, only a packet that began and failed its sum is worth an error: the rest is the tail of one already told.
    if (this.#inStep || wrong === 'NONIN_BAD_SUM') {
      this.#counters.badFrames += 1;
      this.#counters.resyncs += 1;
      out.push({ ok: false, error: new DeviceError(wrong) });
    }
    const dropped = nextBeginning(this.#held, this.#length);
    this.#held.copyWithin(0, dropped, this.#length);
    this.#length -= dropped;
    this.#counters.droppedBytes += dropped;
    this.#inStep = this.#length >= FRAME_BYTES;
  }
}

/** The code of what is wrong with byte `at` of a packet whose earlier bytes are right; undefined if nothing is. */
function faultAt(bytes: Uint8Array, at: number): DeviceErrorCode | undefined {
  const byte = bytes[at]!;
  switch (at % FRAME_BYTES) {
    case 0:
      return byte === FRAME_START ? undefined : 'NONIN_FRAME_LOST';
    case 1: {
      const isFirst = at % DF2_PACKET_BYTES < FRAME_BYTES;
      const looksFirst = (byte & DF2_STATUS.sync) !== 0;
      return (byte & DF2_STATUS.always) !== 0 && isFirst === looksFirst ? undefined : 'NONIN_FRAME_LOST';
    }
    case 4:
      return byte === sumOfFour(bytes, at - 4) ? undefined : 'NONIN_BAD_SUM';
    default:
      return undefined;
  }
}

/** How many bytes to drop (one at least) until the rest could be the beginning of a packet. */
function nextBeginning(bytes: Uint8Array, length: number): number {
  for (let start = 1; start < length; start += 1) {
    const rest = bytes.subarray(start, length);
    if (rest.every((_, at) => faultAt(rest, at) === undefined)) return start;
  }
  return length;
}

function sumOfFour(bytes: Uint8Array, at: number): number {
  return (bytes[at]! + bytes[at + 1]! + bytes[at + 2]! + bytes[at + 3]!) & 0xff;
}

/**
 * Reads pulse rate (HR-D, /min) and saturation (SpO2-D, %) from a packet that the framer passed. `raw` of both is the whole
 * packet: the smallest piece that can be checked again. Total: never throws for 125 bytes.
 */
export function decodeDf2(packet: Uint8Array): Measurement[] {
  const status = statusOf(packet);
  const dataAt = (frame: number) => packet[(frame - 1) * FRAME_BYTES + 3]!;
  const rate = ((dataAt(PULSE_RATE_D) & 0x03) << 7) | (dataAt(PULSE_RATE_D + 1) & 0x7f);
  const spo2 = dataAt(SPO2_D) & 0x7f;
  const flags = isWeak(status) ? FLAG.weakSignal : 0;
  const measured = (key: 'pulseRate' | 'spo2', number: number, none: number): Measurement => {
    const { unit, mdc } = VITALS[key]!;
    // A module that has found no pulse yet may say 0: that is no measured 0 either.
    const absent = absentReason(status, number === none || number === 0);
    const reading = { vital: key, unit, mdc: mdc[0] ?? 0, flags, raw: packet };
    return absent ? { ...reading, absent } : { ...reading, value: { mantissa: number, exponent: 0 } };
  };
  return [measured('pulseRate', rate, NO_PULSE_RATE), measured('spo2', spo2, NO_SPO2)];
}

/** Framer and decoder of one connection: each packet gives the measurements due with it, mostly none, or an error. */
export class Df2Decoder implements FrameDecoder {
  readonly #framer = new Df2Framer();
  /** Packets since the last reading, refused ones too, so that a bad packet delays a reading but does not stretch the second. */
  #packets = DF2_PACKETS_PER_SECOND - 1;

  push(chunk: Uint8Array): readonly Result<Measurement[], DeviceError>[] {
    return this.#framer.push(chunk).map((packet) => {
      this.#packets += 1;
      if (!packet.ok) return packet;
      if (this.#packets < DF2_PACKETS_PER_SECOND) return { ok: true, value: [] };
      this.#packets = 0;
      return { ok: true, value: decodeDf2(packet.value) };
    });
  }

  counters(): FramerCounters {
    return this.#framer.counters();
  }
}

/** All status bits that any of the 25 frames carries: a finger that slips out half way is out. */
function statusOf(packet: Uint8Array): number {
  let status = 0;
  for (let at = 1; at < packet.length; at += FRAME_BYTES) status |= packet[at]!;
  return status;
}

function isWeak(status: number): boolean {
  const perfusion = status & (DF2_STATUS.redPerfusion | DF2_STATUS.greenPerfusion);
  return (status & (DF2_STATUS.artefact | DF2_STATUS.outOfTrack)) !== 0 || perfusion === DF2_STATUS.redPerfusion;
}

/** A module with its sensor off or in alarm repeats the last number for a while: that number is not a measurement. */
function absentReason(status: number, isNone: boolean): AbsentReason | undefined {
  if (status & DF2_STATUS.sensorDisconnected) return 'sensor-off';
  if (status & DF2_STATUS.sensorAlarm) return 'sensor-error';
  return isNone ? 'no-signal' : undefined;
}

export interface Df2Content {
  /** 0 to 510 /min; absent is sent as 511. */
  readonly pulseRate?: number | undefined;
  /** 0 to 126 %; absent is sent as 127. */
  readonly spo2?: number | undefined;
  /** Bits of DF2_STATUS, put into every frame; SYNC and the constant bit are added. */
  readonly status?: number;
  /** 25 samples, 0 to 255. */
  readonly pleth?: readonly number[];
}

/** Writes a packet as a module would, the same rate and saturation in all of its averaging variants. */
export function encodeDf2({
  pulseRate = NO_PULSE_RATE,
  spo2 = NO_SPO2,
  status = 0,
  pleth = [],
}: Df2Content): Uint8Array {
  const packet = new Uint8Array(DF2_PACKET_BYTES);
  for (let frame = 1; frame <= DF2_FRAMES; frame += 1) {
    const at = (frame - 1) * FRAME_BYTES;
    packet[at] = FRAME_START;
    packet[at + 1] = (status & ~DF2_STATUS.sync) | DF2_STATUS.always | (frame === 1 ? DF2_STATUS.sync : 0);
    packet[at + 2] = pleth[frame - 1] ?? 0;
    packet[at + 3] = dataByte(frame, pulseRate, spo2);
    packet[at + 4] = sumOfFour(packet, at);
  }
  return packet;
}

function dataByte(frame: number, pulseRate: number, spo2: number): number {
  if (RATE_FRAMES.includes(frame)) return (pulseRate >> 7) & 0x03;
  if (RATE_FRAMES.includes(frame - 1)) return pulseRate & 0x7f;
  return SPO2_FRAMES.includes(frame) ? spo2 & 0x7f : 0;
}
