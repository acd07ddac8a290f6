// SPDX-License-Identifier: Apache-2.0
/** What whoever looks after the devices wants to know of each, in memory since the gateway started. No value of a patient. */

export interface DeviceFacts {
  /** Ward ms since 1970 at which it was last heard; undefined: not since the start. */
  readonly lastSeenMs?: number;
  /** Readings it sent again, dropped because they were taken before. */
  readonly resends: number;
  /** Gaps of it that were put on record. */
  readonly gaps: number;
  /** What it said of its battery, 0 to 100 %, and at which ward ms that was heard. */
  readonly battery?: { readonly percent: number; readonly toldMs: number };
}

const NOTHING: DeviceFacts = { resends: 0, gaps: 0 };

/** Holds the devices that were told to it and are enrolled: `keepOnly` lets go of the others. */
export class FactsOfDevices {
  readonly #facts = new Map<string, DeviceFacts>();

  of(device: string): DeviceFacts {
    return this.#facts.get(device) ?? NOTHING;
  }

  heard(device: string, atMs: number): void {
    this.#facts.set(device, { ...this.of(device), lastSeenMs: atMs });
  }

  resent(device: string, readings: number): void {
    const before = this.of(device);
    this.#facts.set(device, { ...before, resends: before.resends + readings });
  }

  gap(device: string): void {
    const before = this.of(device);
    this.#facts.set(device, { ...before, gaps: before.gaps + 1 });
  }

  battery(device: string, battery: NonNullable<DeviceFacts['battery']>): void {
    this.#facts.set(device, { ...this.of(device), battery });
  }

  /** A handle that is enrolled anew later is another device and begins at nothing. */
  keepOnly(devices: ReadonlySet<string>): void {
    for (const device of this.#facts.keys()) if (!devices.has(device)) this.#facts.delete(device);
  }
}
