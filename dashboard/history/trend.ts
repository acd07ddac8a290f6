// SPDX-License-Identifier: Apache-2.0
/** A trend: the readings of a stay in a range, a series for each vital and device, thinned to what a screen can show. */
import type { Correction } from '../../gateway/messages.ts';
import type { Gap } from '../../ledger/index.ts';

export interface TrendRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Points by position: all lists are equally long, in order of time. */
export interface TrendSeries {
  readonly vital: string;
  readonly device: string;
  /** UCUM, the device's own. */
  readonly unit: string;
  /** Corrected time in ms since 1970. */
  readonly times: number[];
  /** Exactly as the device gave it; null where it gave none. */
  readonly values: (string | null)[];
  /** Why there is none; null where there is a value. */
  readonly absent: (string | null)[];
  /** Bits of FLAG in devices/reading.ts. */
  readonly flags: number[];
  /** "session/sequence": with the device, the identity of the reading. */
  readonly ids: string[];
  /** 0: journalled, not in a sealed batch yet. */
  readonly sealed: (0 | 1)[];
  /** Readings that a correction stands over: they are a series of their own, and no longer the patient's values. */
  readonly corrected: boolean;
}

export interface TrendGap extends TrendRange {
  readonly device: string;
  readonly evidence: Gap['evidence'];
}

export interface Trend extends TrendRange {
  /** Readings were left out; the extremes of every column are there. */
  readonly thinned: boolean;
  readonly series: readonly TrendSeries[];
  readonly gaps: readonly TrendGap[];
  /** What was said of readings of this range, the newest first, also what was taken back. */
  readonly corrections: readonly Correction[];
}
