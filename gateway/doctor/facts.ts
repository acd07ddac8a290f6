// SPDX-License-Identifier: Apache-2.0
/** What the doctor looks at: plain facts, all gathered before anything is judged. No secrets and no patient values are among them. */

import type { HealthFacts } from '../operations/health.ts';
import type { Finding as SeriesFinding } from '../series/series-check.ts';

/** A coded error, or that there was none. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly detail: string };

export interface FileFact {
  readonly name: string;
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly isOurs: boolean;
}

export interface PortFact {
  readonly what: string;
  readonly port: number;
  readonly state: 'free' | 'taken' | 'refused';
}

export interface DeviceFact {
  readonly handle: string;
  readonly isLinked: boolean;
  /** Ward ms since it was heard; null: not since the gateway started. */
  readonly silentMs: number | null;
  readonly isEpisodic: boolean;
}

export interface Facts {
  /** process.version without the v. */
  readonly nodeVersion: string;
  /** Undefined when there is no data directory. */
  readonly directory: FileFact | undefined;
  readonly format: Outcome;
  /** Files that only their owner may touch, those that exist. */
  readonly privateFiles: readonly FileFact[];
  readonly keyStores: readonly {
    readonly role: string;
    readonly opened: Outcome;
    readonly protection: 'passphrase' | 'none-demo' | undefined;
  }[];
  readonly config: { readonly state: 'good' | 'default' | 'last-good' | 'invalid'; readonly detail: string };
  readonly disk: { readonly usedPercent: number; readonly waveformStopPercent: number; readonly refusePercent: number };
  /** Undefined where the machine does not tell. */
  readonly isClockSynchronised: boolean | undefined;
  readonly ports: readonly PortFact[];
  readonly gateway: {
    /** Some process holds the data directory. */
    readonly isRunning: boolean;
    /** Undefined while it does not run. */
    readonly broker: Outcome | undefined;
    readonly health:
      | {
          readonly problems: readonly string[];
          readonly seriesLagBatches: number;
          readonly anchorLagEntries: number;
          /** By how much the machine's clock was set since the gateway started. */
          readonly clockSetMs: number;
          /** How far the homes outside the box are; null where there are none. */
          readonly anchored: HealthFacts['anchored'];
        }
      | undefined;
  };
  readonly log: Outcome & { readonly size?: number };
  readonly series: readonly SeriesFinding[];
  /** Undefined when their file cannot be read. */
  readonly devices: readonly DeviceFact[] | undefined;
  /** People with an account; undefined when their file cannot be read. */
  readonly accounts: number | undefined;
}
