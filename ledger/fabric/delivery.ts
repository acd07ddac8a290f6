// SPDX-License-Identifier: Apache-2.0
/**
 * One attempt to bring one command to Fabric, from wherever the attempts before it left off. Endorse, sign, keep the signed envelope on
 * disk, and only then submit it. Where the answer was lost: ask the status by transaction id, then the contract, then submit the same
 * envelope again while it is fresh; only then is another one made. So there are never two envelopes alive for one command.
 */
import { type RefusalCode, refusalError } from '../contract/answer.ts';
import type { Reply } from '../contract/host.ts';
import type { CodedError } from '../errors.ts';
import { FabricError } from './errors.ts';
import type { PassFabricFaultPoint } from './fault-point.ts';
import type { OutboxStore, Row } from './outbox-store.ts';
import { type Outcome, outcomeOf, outcomeOfStatus } from './outcome.ts';
import type { FabricPort } from './port.ts';

export interface DeliveryDeps {
  readonly store: OutboxStore;
  readonly port: FabricPort;
  /** Our own organisation. */
  readonly mspId: string;
  /** Wall time, for envelopes outlive the process. */
  readonly nowMs: () => number;
  readonly passFaultPoint: PassFabricFaultPoint;
}

/** The final answer, or that there is none yet. */
export type Step = Reply | 'later';

const STATUS_MS_MAX = 60_000;
/** The status of an unknown transaction waits for it: after a failure that is not what we want to wait for. */
const LOOK_MS_MAX = 2_000;
/** An envelope that nobody ordered in this time is given up. */
const ENVELOPE_FRESH_MS = 10 * 60_000;
/** A refusal by another organisation alone is believed after so many attempts: its peer may have been behind. */
const MAX_ATTEMPTS_BEHIND = 6;

export class Delivery {
  readonly #deps: DeliveryDeps;
  readonly #counters = {
    endorsed: 0,
    found: 0,
    resubmitted: 0,
    invalidated: 0,
    transientFailures: 0,
    ambiguousFailures: 0,
  };

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** Rejects with what the client of Fabric threw; `judgeFailure` reads it. */
  attempt(row: Row): Promise<Step> {
    return row.alive ? this.#resolve(row, row.alive) : this.#endorse(row);
  }

  /** What a failed attempt means. Throws what is a bug, or of the disk. */
  judgeFailure(row: Row, error: unknown): Step {
    const seen = outcomeOf(error, this.#deps.mspId);
    // Our clock ran ahead of the peers': what is refused for that today is accepted later. Whoever sent another command is told; a
    // revocation must not be lost over it, and waits.
    const isAhead = seen.kind === 'refused' && seen.code === 'TIME_AHEAD';
    const outcome: Outcome = isAhead && row.kind === 'revocation' ? { kind: 'transient' } : seen;
    switch (outcome.kind) {
      case 'refused': {
        const { code, detail, byUs } = outcome;
        return byUs || row.attempts >= MAX_ATTEMPTS_BEHIND ? { kind: 'refused', code, detail } : 'later';
      }
      case 'permanent':
        return invalid(outcome.detail);
      case 'transient':
      case 'ambiguous':
        this.#counters[`${outcome.kind}Failures`] += 1;
        return 'later';
    }
  }

  counters(): Readonly<Record<string, number>> {
    return this.#counters;
  }

  async #endorse(row: Row): Promise<Step> {
    const { store, port, nowMs, passFaultPoint } = this.#deps;
    const endorsed = await port.endorse(row.command, row.sealed);
    passFaultPoint('fabric-after-endorse');
    this.#counters.endorsed += 1;
    // Nothing would be written: an order would only cost.
    if (endorsed.reply.kind === 'already') return endorsed.reply;
    const endorsedMs = nowMs();
    if (!store.keepEnvelope(row.id, endorsed, endorsedMs)) return 'later';
    passFaultPoint('fabric-after-envelope');
    return this.#submit(row, { ...endorsed, endorsedMs });
  }

  async #submit(row: Row, alive: NonNullable<Row['alive']>): Promise<Step> {
    const { port, passFaultPoint } = this.#deps;
    await port.submit(alive.envelope);
    passFaultPoint('fabric-after-submit');
    const code = await port.status(alive.txId, STATUS_MS_MAX);
    passFaultPoint('fabric-after-status');
    return this.#conclude(row, alive, code);
  }

  /** What became of an envelope whose answer was lost. */
  async #resolve(row: Row, alive: NonNullable<Row['alive']>): Promise<Step> {
    const code = await this.#orUnknown(this.#deps.port.status(alive.txId, LOOK_MS_MAX));
    if (code !== undefined) {
      this.#counters.found += 1;
      return this.#conclude(row, alive, code);
    }
    const now = await this.#orUnknown(this.#deps.port.judge(row.command));
    if (now?.kind === 'already') {
      this.#counters.found += 1;
      return alive.reply;
    }
    if (this.#deps.nowMs() - alive.endorsedMs <= ENVELOPE_FRESH_MS) {
      this.#counters.resubmitted += 1;
      return this.#submit(row, alive);
    }
    // Without the contract's word nobody knows that it did not take effect.
    if (!now) return 'later';
    this.#drop(row);
    return this.#endorse(row);
  }

  #conclude(row: Row, alive: NonNullable<Row['alive']>, code: number): Step {
    const outcome = outcomeOfStatus(code);
    if (outcome.kind === 'committed') return alive.reply;
    if (outcome.kind === 'ambiguous') return 'later';
    this.#drop(row);
    return outcome.kind === 'permanent' ? invalid(outcome.detail) : 'later';
  }

  #drop({ id }: Row): void {
    this.#counters.invalidated += 1;
    this.#deps.store.dropEnvelope(id);
  }

  /** The answer, or undefined if there is none now; throws on what is a bug. */
  async #orUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      // At the end all that is under way is broken off: that is for the caller.
      if (error instanceof FabricError && error.code === 'FABRIC_CLOSED') throw error;
      outcomeOf(error, this.#deps.mspId);
      return undefined;
    }
  }
}

const INVALID = 'FABRIC_TRANSACTION_INVALID';

/** On disk it is a refusal as those of the contract are. */
function invalid(detail: string): Reply {
  return { kind: 'refused', code: INVALID, detail };
}

/** The contract's refusal, or the channel's: that one is no answer of the contract. */
export function refusalOf({ kind, code = '', detail = '' }: Reply): CodedError<string> | undefined {
  if (kind !== 'refused') return undefined;
  return code === INVALID ? new FabricError(INVALID, detail) : refusalError({ code: code as RefusalCode, detail });
}
