// SPDX-License-Identifier: Apache-2.0
/** How a gateway is, in facts a person can act on. Not healthy means: a nurse or a technician has something to do. */
import type { AnchorAlarm } from '../anchor/anchored-work.ts';
import type { DiskState } from '../journal/disk.ts';

export interface HealthFacts {
  readonly disk: DiskState;
  readonly diskUsedPercent: number;
  /** Batches that the series store does not have yet, and entries that the log does not have under a head. */
  readonly seriesLagBatches: number;
  readonly anchorLagEntries: number;
  readonly failed: boolean;
  /** Rows that the journal holds because somebody still needs them, and batches of the record that are still open. */
  readonly journalRows: number;
  readonly recordOpenBatches: number;
  /** 1 when the wall clock was synchronised as the gateway started, 0 when that was not known. */
  readonly timeTrust: 0 | 1;
  /** By how much the machine's clock was set since the gateway started, whose own clock does not follow. */
  readonly clockSetMs: number;
  readonly devicesConnected: number;
  readonly logSize: number;
  /** The contract could not be opened when somebody asked last: nothing that needs an access entry is released. */
  readonly ledgerFailed: boolean;
  /** How far the homes outside the box are; null where there are none. */
  readonly anchored: {
    readonly size: number;
    /** Real milliseconds since the oldest head that is not anchored; 0 when all are. */
    readonly waitingMs: number;
    readonly alarm: AnchorAlarm | null;
  } | null;
}

/** What is wrong, in words that name what to do. The keys are stable: a page has words of its own language for each. */
const PROBLEMS = {
  'ledger-forked':
    'ALARM: a home outside the box holds another history of the log. Stop the gateway, keep its disk as evidence, and call whoever is responsible for the record.',
  'ledger-rolled-back':
    'ALARM: a home outside the box has seen a longer log than this one. Stop the gateway, keep its disk as evidence, and call whoever is responsible for the record.',
  'ledger-accused':
    'ALARM without proof: a home outside the box says that this log was put back or altered, and does not show it. Ask whoever runs it what it holds. The gateway goes on.',
  'part-died': 'A part of the gateway died; it is about to restart.',
  'disk-full': 'The disk is full: readings are not stored. Free disk space now.',
  'disk-nearly-full': 'The disk is nearly full: free disk space.',
  'series-behind': 'The series store is behind: check that it runs and can be reached.',
  'log-behind': 'The log is behind: check the disk.',
  'ledger-closed':
    'The ledger does not take this gateway: history and exports are refused. Look at the log of the gateway.',
  'anchor-behind':
    'No home outside the box has confirmed the log for an hour: check the network and the witnesses. Nothing is lost.',
} as const;

export interface Health {
  readonly ok: boolean;
  /** Empty when ok. Each names what is wrong and what to do. */
  readonly problems: readonly string[];
  /** The same problems by their keys. */
  readonly problemKeys: readonly (keyof typeof PROBLEMS)[];
  readonly facts: HealthFacts;
}

/** More batches than this waiting for the series store: it has been away for an hour or more of a busy ward. */
const SERIES_LAG_LIMIT_BATCHES = 500;
const ANCHOR_LAG_LIMIT_ENTRIES = 500;
const ANCHORED_LIMIT_MS = 60 * 60 * 1000;

export function healthOf(facts: HealthFacts): Health {
  const found: Record<keyof typeof PROBLEMS, boolean> = {
    'ledger-forked': facts.anchored?.alarm === 'ANCHOR_FORKED',
    'ledger-rolled-back': facts.anchored?.alarm === 'ANCHOR_ROLLED_BACK',
    'ledger-accused': facts.anchored?.alarm === 'ANCHOR_ACCUSED',
    'part-died': facts.failed,
    'disk-full': facts.disk === 'refusing',
    'disk-nearly-full': facts.disk === 'waveforms-stopped',
    'series-behind': facts.seriesLagBatches > SERIES_LAG_LIMIT_BATCHES,
    'log-behind': facts.anchorLagEntries > ANCHOR_LAG_LIMIT_ENTRIES,
    'ledger-closed': facts.ledgerFailed,
    'anchor-behind': (facts.anchored?.waitingMs ?? 0) > ANCHORED_LIMIT_MS,
  };
  const problemKeys = (Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]).filter((key) => found[key]);
  return { ok: problemKeys.length === 0, problems: problemKeys.map((key) => PROBLEMS[key]), problemKeys, facts };
}
