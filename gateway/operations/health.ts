// SPDX-License-Identifier: Apache-2.0
/** How a gateway is, in facts a person can act on. Not healthy means: a nurse or a technician has something to do. */
import type { DiskState } from '../journal/disk.ts';

export interface HealthFacts {
  readonly disk: DiskState;
  /** Batches that the series store does not have yet, and entries that the log does not have under a head. */
  readonly seriesLagBatches: number;
  readonly anchorLagEntries: number;
  readonly failed: boolean;
}

export interface Health {
  readonly ok: boolean;
  /** Empty when ok. Each names what is wrong and what to do. */
  readonly problems: readonly string[];
  readonly facts: HealthFacts;
}

/** More batches than this waiting for the series store: it has been away for an hour or more of a busy ward. */
const SERIES_LAG_LIMIT_BATCHES = 500;
const ANCHOR_LAG_LIMIT_ENTRIES = 500;

export function healthOf(facts: HealthFacts): Health {
  const problems: string[] = [];
  if (facts.failed) problems.push('A part of the gateway died; it is about to restart.');
  if (facts.disk === 'refusing') problems.push('The disk is full: readings are not stored. Free disk space now.');
  if (facts.disk === 'waveforms-stopped') problems.push('The disk is nearly full: free disk space.');
  if (facts.seriesLagBatches > SERIES_LAG_LIMIT_BATCHES)
    problems.push('The series store is behind: check that it runs and can be reached.');
  if (facts.anchorLagEntries > ANCHOR_LAG_LIMIT_ENTRIES) problems.push('The log is behind: check the disk.');
  return { ok: problems.length === 0, problems, facts };
}
