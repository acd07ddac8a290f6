// SPDX-License-Identifier: Apache-2.0
/** The series of a batch while it is packed: which one a reading belongs to, and the numbers that its next difference is taken from. */
import { encodeReading, type RecordReading } from './reading-codec.ts';
import { commonOf } from './reading-table.ts';

/** Of the last reading of a series. */
export interface LastNumbers {
  mantissa: number;
  correctedMs: number;
  /** Device time minus corrected time. */
  deviceLead: number;
  /** The least that monotonic minus corrected time has been: what comes above it is the latency of a reading. */
  leastDelay: number;
  sequence: number;
}

interface Series {
  readonly index: number;
  readonly common: RecordReading;
  readonly last: LastNumbers;
  /** The one that came after this one the last time: devices take turns. */
  next: Series | undefined;
}

export class SeriesList {
  /** Canonical readings whose numbers are 0, in the order of first use. */
  readonly encoded: Uint8Array[] = [];
  readonly #byKey = new Map<string, Series>();
  #current: Series | undefined;

  /** The series of the next reading; whoever asks keeps `last` up to date. A new one begins at the numbers of the reading before, its mantissa at 0. */
  of(reading: RecordReading): Series {
    const guess = this.#current?.next;
    const series = guess && isOf(guess, reading) ? guess : this.#find(reading);
    if (this.#current) this.#current.next = series;
    this.#current = series;
    return series;
  }

  #find(reading: RecordReading): Series {
    const key = keyOf(reading);
    const known = this.#byKey.get(key);
    if (known) return known;
    const common = commonOf(reading);
    const last = { ...(this.#current?.last ?? ORIGIN), mantissa: 0 };
    const series: Series = { index: this.encoded.length, common, last, next: undefined };
    this.#byKey.set(key, series);
    this.encoded.push(encodeReading(common));
    return series;
  }
}

const ORIGIN: LastNumbers = { mantissa: 0, correctedMs: 0, deviceLead: 0, leastDelay: 0, sequence: 0 };

/** Two readings of one series differ in numbers only. */
function isOf({ common }: Series, reading: RecordReading): boolean {
  return (
    common.vital === reading.vital &&
    common.device === reading.device &&
    common.session === reading.session &&
    common.flags === reading.flags &&
    common.value?.exponent === reading.value?.exponent &&
    common.absent === reading.absent &&
    common.unit === reading.unit &&
    common.mdc === reading.mdc &&
    common.boot === reading.boot &&
    common.timeQuality === reading.timeQuality &&
    (common.deviceTimeMs === undefined) === (reading.deviceTimeMs === undefined)
  );
}

/** The same as text. */
function keyOf(r: RecordReading): string {
  const content = r.value ? `v${r.value.exponent}` : `a${r.absent}`;
  const hasDeviceTime = r.deviceTimeMs !== undefined;
  return [r.vital, r.device, r.session, r.flags, content, r.unit, r.mdc, r.boot, r.timeQuality, hasDeviceTime].join(
    '|',
  );
}
