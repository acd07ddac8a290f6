// SPDX-License-Identifier: Apache-2.0
/** A virtual wearable: counts its readings in a session, writes SenML, and publishes over MQTT through a line that may have faults. */
import type { WardClock } from '../clock.ts';
import { encodeSenml, type SenmlRecord } from '../mqtt/senml-encode.ts';
import { driftedMs, FaultLine, type FaultPlan, isPlugged, NO_FAULTS } from './faults.ts';
import { MqttSender, SENDER_LIMITS, type SenderLimits } from './mqtt-sender.ts';
import { hexAt, seedOf } from './rng.ts';

export interface WearableOptions {
  readonly broker: string;
  /** Name of the gateway in the topic. */
  readonly gateway: string;
  readonly handle: string;
  readonly secret: string;
  readonly clock: WardClock;
  readonly seed: number;
  readonly faults?: FaultPlan;
  readonly limits?: SenderLimits;
  /** Told of every message that the broker has acknowledged: what must never be lost from then on. */
  readonly onAcknowledged?: (message: Uint8Array) => void;
}

export class VirtualWearable implements AsyncDisposable {
  readonly #clock: WardClock;
  readonly #plan: FaultPlan;
  readonly #line: FaultLine;
  readonly #sender: MqttSender;
  readonly #limits: SenderLimits;
  readonly #session: string;
  readonly #startMs: number;
  readonly #stop = new AbortController();
  readonly #delayed = new Set<Promise<void>>();
  #sequence = 0;

  constructor(options: WearableOptions) {
    const { broker, gateway, handle, secret, clock, seed, faults = NO_FAULTS, limits = SENDER_LIMITS } = options;
    this.#clock = clock;
    this.#plan = faults;
    this.#line = new FaultLine(faults, seedOf(seed, `${handle}/faults`));
    this.#limits = limits;
    this.#startMs = clock.wallMs();
    // Another session at every start, or a restarted device would count from 0 again and pass for its own resend.
    this.#session = hexAt(seedOf(seed, handle), this.#startMs);
    const topic = `lamplight/v1/${gateway}/${handle}/senml`;
    const { onAcknowledged } = options;
    this.#sender = new MqttSender({ broker, handle, secret, topic, limits, ...(onAcknowledged && { onAcknowledged }) });
  }

  start(): this {
    this.#sender.start();
    return this;
  }

  /** Measures: one message with one device time, from the ward's clock unless a recording says when. At most 64 records, the battery's included. */
  publish(records: readonly SenmlRecord[], wardMs: number = this.#clock.wallMs(), batteryPercent?: number): void {
    const timeMs = driftedMs(this.#plan, this.#startMs, wardMs);
    const battery = batteryPercent === undefined ? {} : { batteryPercent };
    const message = encodeSenml({
      session: this.#session,
      firstSequence: this.#sequence,
      timeMs,
      records,
      ...battery,
    });
    this.#sequence += records.length;
    this.#sender.setPlugged(isPlugged(this.#plan, this.#clock.wallMs() - this.#startMs));
    for (const { bytes, delayMs } of this.#line.push(message)) this.#sendAfter(bytes, delayMs);
  }

  /** Resolves when there is room for another message, so that a fast replay loses nothing. */
  async room(): Promise<void> {
    await this.#sender.drained(this.#limits.queueMessages - 1);
  }

  /** Resolves when everything that left the line is acknowledged, or the broker refused the credential. */
  async settled(): Promise<void> {
    for (const { bytes } of this.#line.flush()) this.#sender.send(bytes);
    await Promise.all(this.#delayed);
    this.#sender.setPlugged(true);
    await this.#sender.drained(0);
  }

  /** Session epoch of all its readings, whose sequence counts from 0 to `readings` - 1. */
  get session(): string {
    return this.#session;
  }

  counters(): Readonly<Record<string, number>> {
    return { readings: this.#sequence, ...this.#sender.counters() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#delayed);
    await this.#sender[Symbol.asyncDispose]();
  }

  #sendAfter(bytes: Uint8Array, delayMs: number): void {
    if (delayMs === 0) {
      this.#sender.send(bytes);
      return;
    }
    const waiting = this.#clock.delay(delayMs, this.#stop.signal).then(() => {
      this.#delayed.delete(waiting);
      if (!this.#stop.signal.aborted) this.#sender.send(bytes);
    });
    this.#delayed.add(waiting);
  }
}
