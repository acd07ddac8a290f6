// SPDX-License-Identifier: Apache-2.0
/** A virtual Nonin oximeter: sends DF2 packets of a synthetic patient, three a second, whether or not anybody listens. */
import type { WardClock } from '../clock.ts';
import { DF2_FRAMES, DF2_PACKETS_PER_SECOND, DF2_STATUS, encodeDf2 } from '../serial/nonin-df2.ts';
import { keepCadence } from './cadence.ts';
import { FaultLine, type FaultPlan, isPlugged, NO_FAULTS } from './faults.ts';
import type { Patient } from './patient.ts';
import { seedOf } from './rng.ts';
import type { Wire } from './wire.ts';

export interface NoninOptions {
  readonly handle: string;
  readonly patient: Patient;
  readonly clock: WardClock;
  /** Of the faults; the patient has a seed of its own. */
  readonly seed: number;
  readonly wire: Wire;
  readonly faults?: FaultPlan;
}

const MINUTE_MS = 60_000;

export class VirtualNonin implements AsyncDisposable {
  readonly #options: NoninOptions;
  readonly #plan: FaultPlan;
  readonly #line: FaultLine;
  readonly #stop = new AbortController();
  readonly #counts = { packets: 0, sent: 0, unheard: 0 };
  #running: Promise<void> = Promise.resolve();

  constructor(options: NoninOptions) {
    this.#options = options;
    this.#plan = options.faults ?? NO_FAULTS;
    this.#line = new FaultLine(this.#plan, seedOf(options.seed, `${options.handle}/faults`));
  }

  start(): this {
    this.#running = this.#run();
    return this;
  }

  /** `packets` were made; `sent` left the faulty line and were taken, `unheard` were not. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  /** Ends the device and its wire. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#options.wire[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { clock, patient, wire } = this.#options;
    const { signal } = this.#stop;
    const startMs = clock.wallMs();
    // A device without a time in its packets shows the drift of its clock in its cadence.
    const periodMs = 1000 / DF2_PACKETS_PER_SECOND / (1 + this.#plan.driftPpm / 1e6);
    await keepCadence({ clock, signal }, { periodMs }, (wardMs) => {
      wire.setPlugged(isPlugged(this.#plan, wardMs - startMs));
      this.#counts.packets += 1;
      for (const { bytes, delayMs } of this.#line.push(packetOf(patient, wardMs))) {
        if (delayMs === 0) this.#send(bytes);
        else void clock.delay(delayMs, signal).then(() => signal.aborted || this.#send(bytes));
      }
    });
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.wire.send(bytes)) this.#counts.sent += 1;
    else this.#counts.unheard += 1;
  }
}

/** What the module sends at that ward time. */
export function packetOf(patient: Patient, wardMs: number): Uint8Array {
  const pulseRate = patient.read('pulseRate', wardMs).mantissa;
  const spo2 = patient.read('spo2', wardMs).mantissa;
  const frameMs = 1000 / DF2_PACKETS_PER_SECOND / DF2_FRAMES;
  const pleth = Array.from({ length: DF2_FRAMES }, (_, frame) => plethAt(wardMs + frame * frameMs, pulseRate));
  return encodeDf2({ pulseRate, spo2, pleth, status: DF2_STATUS.greenPerfusion });
}

/** A pulse wave in 0 to 255: a steep rise, then a slow fall. */
function plethAt(wardMs: number, pulseRate: number): number {
  const phase = (wardMs / (MINUTE_MS / pulseRate)) % 1;
  return Math.round(40 + 180 * (phase < 0.15 ? phase / 0.15 : (1 - phase) / 0.85));
}
