// SPDX-License-Identifier: Apache-2.0
/** The history of stays as the station asks for it: one worker, opened at the first question, with the care team's key. */
import {
  CARE_TEAM_ID,
  dataPaths,
  loadConfig,
  openKeyStore,
  readIdentity,
  readPassphrase,
  seriesOptions,
  startWorker,
  WorkerCallError,
  WorkerCalls,
} from '../../gateway/index.ts';
import { CodedError } from '../../ledger/index.ts';
import { DashboardError } from '../errors.ts';
import type { HistoryHandlers, HistoryOptions } from './history.worker.ts';

type Question<Name extends keyof HistoryHandlers> = Parameters<HistoryHandlers[Name]>[0];

interface Opened {
  readonly calls: WorkerCalls<HistoryHandlers>;
  readonly vkey: string;
}

export class History implements AsyncDisposable {
  readonly #readOptions: () => Promise<HistoryOptions>;
  #opened: Promise<Opened> | undefined;

  /** @param readOptions reads keys and configuration, at the first question only: the gateway may not have made them yet */
  constructor(readOptions: () => Promise<HistoryOptions>) {
    this.#readOptions = readOptions;
  }

  /** The name and public key of the log, as this station knows them. Throws DashboardError HISTORY_CLOSED. */
  async vkey(): Promise<string> {
    return (await this.#open()).vkey;
  }

  /** Stays without names, the oldest first. Throws DashboardError HISTORY_CLOSED. */
  async stays(): Promise<ReturnType<HistoryHandlers['stays']>> {
    return (await this.#open()).calls.call('stays', undefined);
  }

  /** JSON of a Trend. Throws DashboardError HISTORY_CLOSED, or HistoryRefusal for a record that is missing, altered or swapped. */
  trend(question: Question<'trend'>): Promise<string> {
    return this.#ask('trend', question);
  }

  /** The text of a proof file. Throws as `trend` does; READING_NOT_SEALED and LOG_RANGE when it is too early. */
  proof(question: Question<'proof'>): Promise<string> {
    return this.#ask('proof', question);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.calls[Symbol.asyncDispose]();
  }

  async #ask<Name extends 'trend' | 'proof'>(name: Name, question: Question<Name>): Promise<string> {
    const { calls } = await this.#open();
    return calls.call(name, question);
  }

  async #open(): Promise<Opened> {
    this.#opened ??= this.#start();
    try {
      return await this.#opened;
    } catch (cause) {
      // The next question tries again.
      this.#opened = undefined;
      const reason = cause instanceof CodedError || cause instanceof WorkerCallError ? cause.message : undefined;
      throw new DashboardError('HISTORY_CLOSED', reason, { cause });
    }
  }

  async #start(): Promise<Opened> {
    const options = await this.#readOptions();
    const calls = new WorkerCalls<HistoryHandlers>(startWorker(new URL('./history.worker.ts', import.meta.url)));
    // A worker that died is not asked again.
    void calls.failed.then(() => {
      this.#opened = undefined;
    });
    await calls.call('open', options);
    return { calls, vkey: options.identity.vkey };
  }
}

/** What the worker needs, from the data directory that gateway and station share. Throws the coded errors of its parts. */
export async function historyOptions(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HistoryOptions> {
  const paths = dataPaths(directory);
  const identity = await readIdentity(paths.identity);
  // A demo store has no passphrase; reading with it is as labelled as everything else about it.
  const keys = await openKeyStore(paths.stationKeys, 'station', { passphrase: await readPassphrase(env), demo: true });
  const { config } = await loadConfig(paths.config);
  return {
    reader: { journalPath: paths.journal, reader: { id: CARE_TEAM_ID, key: keys.careTeamKem.privateKey } },
    series: await seriesOptions(config.series, paths),
    identity,
    log: paths.log,
  };
}
