// SPDX-License-Identifier: Apache-2.0
/**
 * What people and programs ask of the ledger: an access before something is released, a consent, its revocation, the list. The ledger
 * behind it opens in the background, and again when that failed: intake and bedside never wait for it.
 */
import { type AccessRecord, CodedError } from '../../ledger/index.ts';
import type { Log } from '../log.ts';
import type { ConsentView, ProvableCorrection, Request } from '../messages.ts';
import type { Metrics } from '../metrics.ts';
import type { LoggedAccess } from '../record/access-store.ts';
import type { Timers } from '../timers.ts';
import { accessTerms } from './access-terms.ts';
import { assertCovered, grantConsent, listConsents, revokeConsent } from './consents.ts';
import { correctionsOf, recordCorrection, withdrawCorrection } from './corrections.ts';
import { type LocalLedger, type LocalLedgerOptions, openLocalLedger } from './local-ledger.ts';

export interface LedgerDeskOptions extends LocalLedgerOptions {
  readonly logger: Log;
  readonly metrics: Metrics;
  readonly timers: Timers;
  /** A consent was revoked: the homes outside the box shall know at once. */
  readonly onRevoked: () => void;
}

type Asked<C extends Request['command']> = Extract<Request, { command: C }>;

/** Refusals that are put on record as a denied access: somebody wanted what the rules do not give. */
const DENIALS = new Set(['NOT_PERMITTED', 'NOT_FOUND', 'CONSENT_NOT_LIVE', 'CONSENT_SCOPE']);

/** A ledger that failed to open reads the whole log again. Real milliseconds. */
const REOPEN_MS = 60_000;

export class LedgerDesk {
  readonly #options: LedgerDeskOptions;
  #ledger: Promise<LocalLedger> | undefined;
  #isOpen = false;
  /** When the last opening failed, on the monotonic clock. */
  #failedAtMs: number | undefined;

  constructor(options: LedgerDeskOptions) {
    this.#options = options;
  }

  /** Whether the last opening failed. */
  get hasFailed(): boolean {
    return this.#failedAtMs !== undefined;
  }

  /** Opens the ledger if it is not; a failure is logged and counted, and everybody who asks next tries again. */
  open(): Promise<LocalLedger> {
    this.#ledger ??= openLocalLedger(this.#options).then(
      (ledger) => {
        this.#isOpen = true;
        this.#failedAtMs = undefined;
        return ledger;
      },
      (error: unknown) => {
        this.#ledger = undefined;
        this.#failedAtMs = this.#options.timers.monotonicMs();
        this.#options.metrics.count('ledger_open_failures_total');
        this.#options.logger.error('ledger-not-open', { error });
        throw error;
      },
    );
    return this.#ledger;
  }

  /** There is a new head: takes in what is under it, or opens what failed to open a while ago. Never rejects. */
  async follow(): Promise<void> {
    const { timers } = this.#options;
    const isDue = this.#failedAtMs !== undefined && timers.monotonicMs() - this.#failedAtMs > REOPEN_MS;
    if (!this.#isOpen && !isDue) return;
    try {
      const ledger = await this.open();
      await ledger.follow();
      this.#options.metrics.gauge('ledger_keys', ledger.counters()['keys'] ?? 0);
      this.#options.metrics.gauge('ledger_refused_in_log', ledger.counters()['refusedInLog'] ?? 0);
    } catch (error) {
      this.#options.metrics.count('ledger_follow_failures_total');
      this.#options.logger.error('ledger-not-followed', { error });
    }
  }

  /**
   * Puts an access on record; when this resolves, it is durable and may be released (I10). Rejects with the contract's code, or CONSENT_SCOPE,
   * when it may not be; that somebody asked is then on record as denied.
   */
  async logAccess(asked: Asked<'log-access'>): Promise<LoggedAccess> {
    const ledger = await this.open();
    const { stay, by, purpose } = asked;
    const range = { stay, fromMs: Math.round(asked.fromMs), toMs: Math.round(asked.toMs) };
    const terms = accessTerms(asked);
    const access: Omit<AccessRecord, 'atMs'> = { ...range, by, purpose, terms };
    try {
      if (terms.consent) await assertCovered(ledger, terms.consent, range);
      return await ledger.logAccess(access);
    } catch (error) {
      if (error instanceof CodedError && DENIALS.has(error.code))
        await ledger.logAccess({ ...access, terms: { ...terms, decision: 'denied' } });
      throw error;
    }
  }

  async grant(asked: Asked<'consent-grant'>): Promise<{ consent: string }> {
    return { consent: await grantConsent(await this.open(), asked, this.#options.random) };
  }

  async revoke({ consent }: Asked<'consent-revoke'>): Promise<void> {
    try {
      await revokeConsent(await this.open(), consent);
    } finally {
      // Also when the log makes it wait: it is on its way, and shall not wait for the next head as well.
      this.#options.onRevoked();
    }
  }

  async correct(asked: Asked<'correct'>): Promise<void> {
    await recordCorrection(await this.open(), asked);
  }

  /** Gives the stay of the readings. */
  async withdrawCorrection(asked: Asked<'withdraw-correction'>): Promise<string> {
    return withdrawCorrection(await this.open(), asked);
  }

  /** What was said of readings of a stay, the newest first. */
  async corrections(stay: string): Promise<ProvableCorrection[]> {
    return correctionsOf(await this.open(), stay);
  }

  async consents(): Promise<{ consents: ConsentView[] }> {
    return { consents: await listConsents(await this.open()) };
  }
}
