// SPDX-License-Identifier: Apache-2.0
/** The newest reading of every stay, vital and device: the one state that station and page hold alike. */
import type { LiveReading, WardMessage } from '../../gateway/messages.ts';

/** Far above a ward of 100 beds with ten vitals; what comes beyond it is counted and not kept. */
export const VALUES_MAX = 4096;

export class NewestValues {
  readonly #places = new Map<string, Map<string, LiveReading>>();
  #size = 0;
  /** Readings not kept because VALUES_MAX were held. */
  dropped = 0;

  /** Keeps what is newer than what is held. Gives the places that changed. */
  merge(readings: readonly LiveReading[]): Set<string> {
    const changed = new Set<string>();
    for (const reading of readings) if (this.#keep(reading)) changed.add(placeOf(reading));
    return changed;
  }

  at(place: string): LiveReading[] {
    return [...(this.#places.get(place)?.values() ?? [])];
  }

  all(): LiveReading[] {
    return [...this.#places.values()].flatMap((values) => [...values.values()]);
  }

  /** Forgets values of closed stays and of sensors that are no longer "Not admitted": they must not come back under a name. */
  keepOnly(ward: WardMessage): void {
    const places = new Set<string>();
    for (const { stay } of ward.beds) if (stay !== null) places.add(stayPlace(stay));
    for (const { device, bed } of ward.devices) if (bed === null) places.add(devicePlace(device));
    for (const [place, values] of this.#places) {
      if (places.has(place)) continue;
      this.#places.delete(place);
      this.#size -= values.size;
    }
  }

  clear(): void {
    this.#places.clear();
    this.#size = 0;
  }

  #keep(reading: LiveReading): boolean {
    const place = placeOf(reading);
    const key = `${reading.vital}/${reading.device}`;
    const held = this.#places.get(place)?.get(key);
    if (held !== undefined && isOlder(reading, held)) return false;
    if (held === undefined) {
      if (this.#size >= VALUES_MAX) {
        this.dropped += 1;
        return false;
      }
      this.#size += 1;
    }
    const values = this.#places.get(place) ?? new Map<string, LiveReading>();
    this.#places.set(place, values.set(key, reading));
    return true;
  }
}

/** Where a reading is shown: with its stay when that has a bed, else on the sensor's own "Not admitted" tile. */
function placeOf(reading: LiveReading): string {
  return reading.bed === null ? devicePlace(reading.device) : stayPlace(reading.stay);
}

export function stayPlace(stay: string): string {
  return `stay/${stay}`;
}

export function devicePlace(device: string): string {
  return `device/${device}`;
}

/** A device whose clock ran ahead must not hide what it measures after its clock is put right, so the future counts as the receipt. */
function isOlder(reading: LiveReading, held: LiveReading): boolean {
  const age = Math.min(reading.measuredMs, reading.receivedMs) - Math.min(held.measuredMs, held.receivedMs);
  return age < 0 || (age === 0 && reading.receivedMs < held.receivedMs);
}
