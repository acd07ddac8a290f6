// SPDX-License-Identifier: Apache-2.0
/**
 * The witnesses of a policy as a home of the log's head: it is anchored when the quorum has cosigned it.
 *
 * Alarms and k of n: a witness that shows a checkpoint under our own key which our head does not extend proves a rollback or a fork by that
 * alone, so one such witness is enough, and the alarm stays until a restart. A witness that only says so, without showing it, may lie, and
 * counts as missing; only when those who say so are so many that the quorum cannot be met without them is that an alarm, of another kind: it
 * stops nothing, and ends when the quorum is met.
 */
import type { AnchorHome, AnchorReceipt, AnchorSequel, AnchorSource, SignedHead } from '../anchor/anchor-home.ts';
import { AnchorError } from '../anchor/errors.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { openCheckpoint } from '../log/checkpoint.ts';
import { parseVerifierKey, type VerifierKey } from '../log/note.ts';
import type { Http, Timers } from './bounded-fetch.ts';
import { type Outcome, WitnessClient } from './client.ts';
import { WitnessError } from './errors.ts';
import { isQuorumMet, type Policy, parsePolicy } from './policy.ts';

export interface WitnessSetOptions {
  /** C2SP tlog-policy. */
  readonly policyText: string;
  /** Addresses by the names of the policy; for who is not named here the policy's own counts. */
  readonly urls?: Readonly<Record<string, string>>;
  /** Verifier key of our log. */
  readonly vkey: string;
  readonly source: AnchorSource;
  readonly fetch: typeof fetch;
  readonly timers: Timers;
}

/** Those who are missing are asked again for the newest head after so long. */
const RETRY_MS = 30_000;

/** Throws POLICY_MALFORMED, also if the policy does not list our log or names too few addresses for its quorum. */
export function openWitnessSet(options: WitnessSetOptions): WitnessSet {
  const log = parseVerifierKey(options.vkey, nodeCrypto.sha256);
  const policy = parsePolicy(options.policyText, nodeCrypto.sha256);
  const http: Http = { fetch: options.fetch, timers: options.timers };
  const clients = policy.witnesses.flatMap((witness) => {
    const url = options.urls?.[witness.name] ?? witness.url;
    return url === undefined ? [] : [new WitnessClient({ witness, url, log, source: options.source, http })];
  });
  if (policy.logs.length > 0 && !policy.logs.some(({ key }) => key.name === log.name && key.keyId === log.keyId))
    throw new WitnessError('POLICY_MALFORMED', 'it does not list this log');
  if (!isQuorumMet(policy, new Set(clients.map(({ witness }) => witness.key))))
    throw new WitnessError('POLICY_MALFORMED', 'the witnesses with an address cannot make up the quorum');
  return new WitnessSet(options, policy, clients, log);
}

/** One head on its way: what each witness has said of it so far. */
interface Round {
  readonly head: SignedHead;
  readonly sequel: AnchorSequel | undefined;
  readonly outcomes: Map<WitnessClient, Outcome>;
  readonly abort: AbortController;
  readonly settled: PromiseWithResolvers<AnchorReceipt>;
  isSettled: boolean;
}

export class WitnessSet implements AnchorHome {
  readonly name = 'witnesses';
  readonly #options: WitnessSetOptions;
  readonly #policy: Policy;
  readonly #clients: readonly WitnessClient[];
  readonly #log: VerifierKey;
  readonly #counters = { cosigned: 0, late: 0, unreachable: 0, refused: 0, badCosignatures: 0, contradictions: 0 };
  #round: Round | undefined;
  #cancelRetry: (() => void) | undefined;
  /** A proved rollback or fork: it does not go away by asking others. */
  #alarm: AnchorError | undefined;

  constructor(options: WitnessSetOptions, policy: Policy, clients: readonly WitnessClient[], log: VerifierKey) {
    this.#options = options;
    this.#policy = policy;
    this.#clients = clients;
    this.#log = log;
  }

  /** Named counters, for metrics. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters };
  }

  async anchor(head: SignedHead, sequel?: AnchorSequel): Promise<AnchorReceipt> {
    if (this.#alarm) throw this.#alarm;
    openCheckpoint(head.note, this.#log, nodeCrypto);
    this.#stopRound();
    const settled = Promise.withResolvers<AnchorReceipt>();
    this.#round = { head, sequel, outcomes: new Map(), abort: new AbortController(), settled, isSettled: false };
    this.#ask(this.#round, this.#clients);
    this.#decide(this.#round);
    return settled.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopRound();
  }

  #stopRound(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#round?.abort.abort();
    if (this.#round) this.#settle(this.#round, new AnchorError('ANCHOR_UNREACHABLE', 'a newer head came, or the end'));
    this.#round = undefined;
  }

  #ask(round: Round, clients: readonly WitnessClient[]): void {
    for (const client of clients) {
      client.cosign(round.head, round.abort.signal).then(
        (outcome) => this.#take(round, client, outcome),
        (error) => this.#settle(round, error),
      );
    }
  }

  #take(round: Round, client: WitnessClient, outcome: Outcome): void {
    if (round !== this.#round) return;
    round.outcomes.set(client, outcome);
    this.#count(round, outcome);
    if (this.#alarm) return;
    if (outcome.kind === 'contradicts' && outcome.proved) {
      this.#alarm = proved(outcome.how, client.witness.name);
      this.#settle(round, this.#alarm);
      return;
    }
    const wasSettled = round.isSettled;
    this.#decide(round);
    const receipt = this.#receipt(round);
    if (wasSettled && outcome.kind === 'cosigned' && receipt) round.sequel?.improved(receipt);
  }

  /** Settles as soon as the quorum is met, or everybody has answered and it is not. */
  #decide(round: Round): void {
    const receipt = this.#receipt(round);
    if (receipt) this.#settle(round, receipt);
    if (round.outcomes.size < this.#clients.length) return;
    if (!receipt) this.#settle(round, this.#failure(round));
    const missing = this.#clients.filter((client) => round.outcomes.get(client)?.kind !== 'cosigned');
    if (missing.length === 0) return;
    this.#cancelRetry ??= this.#options.timers.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      for (const client of missing) round.outcomes.delete(client);
      this.#ask(round, missing);
    });
  }

  #receipt({ head, outcomes }: Round): AnchorReceipt | undefined {
    const lines = this.#clients.flatMap((client) => {
      const outcome = outcomes.get(client);
      return outcome?.kind === 'cosigned' ? [{ key: client.witness.key, line: outcome.line }] : [];
    });
    if (!isQuorumMet(this.#policy, new Set(lines.map(({ key }) => key)))) return undefined;
    return { size: head.size, note: `${head.note}${lines.map(({ line }) => line).join('')}` };
  }

  /** Why everybody has answered and the quorum is not met. */
  #failure({ outcomes }: Round): AnchorError {
    const all = [...outcomes];
    const accusing = all.filter(([, outcome]) => outcome.kind === 'contradicts');
    const others = all.filter(([, outcome]) => outcome.kind !== 'contradicts').map(([{ witness }]) => witness.key);
    const names = accusing.map(([{ witness }]) => witness.name).join(', ');
    if (accusing.length > 0 && !isQuorumMet(this.#policy, new Set(others)))
      return new AnchorError('ANCHOR_ACCUSED', `without ${names} there is no quorum`);
    const missing = all.filter(([, { kind }]) => kind !== 'cosigned').map(([{ witness }]) => witness.name);
    return new AnchorError('ANCHOR_UNREACHABLE', `no cosignature of ${missing.join(', ')}`);
  }

  /** An alarm that comes when the round is settled is told at once, and not with the next head. */
  #settle(round: Round, how: AnchorReceipt | Error): void {
    if (round.isSettled) {
      if (how instanceof AnchorError && how.code !== 'ANCHOR_UNREACHABLE') round.sequel?.alarmed(how);
      return;
    }
    round.isSettled = true;
    if (how instanceof Error) round.settled.reject(how);
    else round.settled.resolve(how);
  }

  #count({ isSettled }: Round, outcome: Outcome): void {
    if (outcome.kind === 'cosigned') this.#counters[isSettled ? 'late' : 'cosigned'] += 1;
    else if (outcome.kind === 'contradicts') this.#counters.contradictions += 1;
    else if (outcome.why === 'bad-cosignature') this.#counters.badCosignatures += 1;
    else this.#counters[outcome.why] += 1;
  }
}

function proved(how: 'rolled-back' | 'forked', name: string): AnchorError {
  const code = how === 'forked' ? 'ANCHOR_FORKED' : 'ANCHOR_ROLLED_BACK';
  return new AnchorError(code, `${name} shows it under the log's own key`);
}
