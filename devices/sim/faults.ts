// SPDX-License-Identifier: Apache-2.0
/** Faults on purpose: what a bad line does to messages, decided by seed and message number alone, so that a bad day can be repeated. */
import { DeviceError } from '../errors.ts';
import type { Result } from '../reading.ts';
import { randomAt } from './rng.ts';

/** Probabilities are per message; times are ward milliseconds. */
export interface FaultPlan {
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
  readonly delayMs: number;
  /** The plug is out for the last `unplugForMs` of every `unplugEveryMs`; 0: never. */
  readonly unplugEveryMs: number;
  readonly unplugForMs: number;
  /** How fast the device's own clock runs, in parts per million too many. */
  readonly driftPpm: number;
}

export const NO_FAULTS: FaultPlan = {
  drop: 0,
  duplicate: 0,
  reorder: 0,
  corrupt: 0,
  delayMs: 0,
  unplugEveryMs: 0,
  unplugForMs: 0,
  driftPpm: 0,
};

const CHANCE = /^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/;
const MILLISECONDS = /^\d{1,9}$/;
const UNPLUG = /^(\d{1,9})\/(\d{1,9})$/;
const DRIFT = /^-?\d{1,6}$/;

/** Reads "drop:0.1,delay:500,duplicate:0.05,reorder:0.05,corrupt:0.01,unplug:60000/5000,drift:50". Error: SIMULATE_USAGE. */
export function parseFaults(text: string): Result<FaultPlan, DeviceError> {
  let plan = NO_FAULTS;
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split(/:(.*)/s);
    const change = readFault(name, value);
    if (!change) return { ok: false, error: new DeviceError('SIMULATE_USAGE', `fault "${part}"`) };
    plan = { ...plan, ...change };
  }
  return { ok: true, value: plan };
}

function readFault(name: string, value: string): Partial<FaultPlan> | undefined {
  switch (name) {
    case 'drop':
    case 'duplicate':
    case 'reorder':
    case 'corrupt':
      return CHANCE.test(value) ? { [name]: Number(value) } : undefined;
    case 'delay':
      return MILLISECONDS.test(value) ? { delayMs: Number(value) } : undefined;
    case 'drift':
      return DRIFT.test(value) ? { driftPpm: Number(value) } : undefined;
    case 'unplug': {
      const [, every, during] = UNPLUG.exec(value) ?? [];
      const fits = every !== undefined && Number(during) < Number(every);
      return fits ? { unplugEveryMs: Number(every), unplugForMs: Number(during) } : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether the plug is in, so long after the device was started. */
export function isPlugged({ unplugEveryMs, unplugForMs }: FaultPlan, sinceStartMs: number): boolean {
  return unplugEveryMs === 0 || sinceStartMs % unplugEveryMs < unplugEveryMs - unplugForMs;
}

/** What the device's own clock shows when the ward's shows `wardMs`, if both agreed at `startMs`. */
export function driftedMs({ driftPpm }: FaultPlan, startMs: number, wardMs: number): number {
  return Math.round(wardMs + ((wardMs - startMs) * driftPpm) / 1_000_000);
}

/** A message on its way: after `delayMs` of ward time. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly delayMs: number;
}

/** The line between a device and its transport. Pure: the same messages give the same mishaps. */
export class FaultLine {
  readonly #plan: FaultPlan;
  readonly #seed: number;
  #count = 0;
  #held: Outgoing[] = [];

  constructor(plan: FaultPlan, seed: number) {
    this.#plan = plan;
    this.#seed = seed;
  }

  /** What leaves the line when this message enters it. A message held back for another order follows the next one that gets through. */
  push(message: Uint8Array): Outgoing[] {
    const number = this.#count++;
    const chance = (kind: number) => randomAt(this.#seed, 8 * number + kind);
    const { drop, duplicate, reorder, corrupt, delayMs } = this.#plan;
    if (chance(0) < drop) return [];
    const bytes = chance(1) < corrupt ? withFlippedBit(message, chance(2)) : message;
    const once = { bytes, delayMs };
    const out = chance(3) < duplicate ? [once, once] : [once];
    if (this.#held.length === 0 && chance(4) < reorder) {
      this.#held = out;
      return [];
    }
    return [...out, ...this.flush()];
  }

  /** What is still held back, when nothing follows. */
  flush(): Outgoing[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}

function withFlippedBit(message: Uint8Array, where: number): Uint8Array {
  const bit = Math.floor(where * message.length * 8);
  return message.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}
