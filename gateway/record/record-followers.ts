// SPDX-License-Identifier: Apache-2.0
/**
 * The followers of the record: the series store and the log follow the outbox, the homes outside the box follow the log. Each has its own
 * cursor, back-off and lag.
 */
import { type Log as LedgerLog, NodeFiles, openLog } from '../../ledger/index.ts';
import { openAnchorWork } from '../anchor/anchor-work.ts';
import type { AnchoredState } from '../anchor/anchored-work.ts';
import { type OutsideOptions, openOutside } from '../anchor/outside.ts';
import type { Config } from '../config.ts';
import { GatewayError } from '../errors.ts';
import type { PassFaultPoint } from '../fault-point.ts';
import { Follower, type FollowerWork } from '../follower.ts';
import { logName } from '../identity.ts';
import { freeBytes } from '../journal/disk.ts';
import { readJournalDatabase } from '../journal/journal-database.ts';
import { SequencedSignal } from '../ledger/sequenced-signal.ts';
import { seriesOptions } from '../series/open-series.ts';
import type { SeriesHandlers } from '../series/series.worker.ts';
import { seriesWork } from '../series/series-work.ts';
import { startWorker, WORKER_HEAP, WorkerCalls } from '../worker-calls.ts';
import { OutboxStore } from './outbox-store.ts';

export interface RecordFollowersOptions extends OutsideOptions {
  readonly config: Pick<Config, 'gateway' | 'ledger' | 'log' | 'series'>;
  readonly passFaultPoint: PassFaultPoint;
}

export interface RecordFollowers extends AsyncDisposable {
  readonly ledger: LedgerLog;
  /** Tells who waits for an entry of the outbox that it stands in the log. */
  readonly sequenced: SequencedSignal;
  /** Newest number of the outbox. */
  newestOutbox(): number;
  /** Whether there are homes outside the box: what they have accepted is what everybody gets as the log's checkpoint. */
  readonly hasHomes: boolean;
  /** The next head goes to the homes at once: a consent was revoked. */
  hurry(): void;
  /** There is a new head: called once it is signed and durable. */
  onPublished: () => void;
  /** There may be something new in the outbox. */
  wake(): void;
  /** How far the followers are behind; sets their gauges. */
  lag(): { readonly unstored: number; readonly unsequenced: number; readonly anchored: AnchoredState | null };
}

export async function openRecordFollowers(options: RecordFollowersOptions): Promise<RecordFollowers> {
  const { paths, journal, metrics, passFaultPoint, onFatal } = options;
  await using opening = new AsyncDisposableStack();
  const database = opening.adopt(readJournalDatabase(paths.journal), (reader) => reader.close());
  const outbox = new OutboxStore(database);

  const ledger = await openLog({
    directory: paths.log,
    name: logName(options.config.gateway),
    key: options.keys.log.privateKey,
    files: new KillableFiles(paths.log, passFaultPoint),
    // The anchor follower publishes, and moves its cursor after the head that it published.
    checkpointIntervalMs: NEVER_MS,
    onFatal,
  });
  opening.use(ledger);

  const series = opening.use(
    new WorkerCalls<SeriesHandlers>(
      startWorker(new URL('../series/series.worker.ts', import.meta.url), { resourceLimits: WORKER_HEAP }),
    ),
  );
  void series.failed.then(onFatal);
  await series.call('open', await seriesOptions(options.config.series, paths));

  const follow = (work: FollowerWork): Follower =>
    new Follower(work, {
      timers: options.timers,
      onFailure(error) {
        metrics.count(`${work.name}_failures_total`);
        options.log.warn('follower-waits', { part: work.name, error });
      },
    });
  const outside = opening.use(await openOutside(options, ledger, follow));
  const sequenced = new SequencedSignal(options.timers);
  sequenced.reached(ledger.highestOutbox);
  const anchor = opening.use(
    follow(
      await openAnchorWork({
        log: ledger,
        outbox,
        freeBytes: () => freeBytes(paths.log),
        sequenced: (upTo) => journal.calls.call('sequenced', upTo),
        onAppended: (upTo) => sequenced.reached(upTo),
        onLogCut(count) {
          metrics.count('log_entries_lost_total', count);
          options.log.error('log-cut', { part: 'anchor', count, error: new GatewayError('LOG_CUT') });
        },
        onPublished() {
          outside.wake();
          followers.onPublished();
        },
        timers: options.timers,
        checkpointIntervalMs: options.config.log.checkpointIntervalMs,
        passFaultPoint,
      }),
    ),
  );
  const stored = opening.use(
    follow(
      seriesWork({
        outbox,
        write: (points) => series.call('write', points),
        settled: (storedNumbers, setAside) => journal.calls.call('settled', { stored: storedNumbers, setAside }),
        passFaultPoint,
        onSetAside(why, count) {
          metrics.count(`series_${why}_total`, count);
          const error = new GatewayError(why === 'conflict' ? 'SERIES_CONFLICT' : 'SERIES_POINT_REFUSED');
          options.log.error('batches-set-aside', { part: 'series', count, error });
        },
      }),
    ),
  );

  const parts = opening.move();
  const followers: RecordFollowers = {
    ledger,
    sequenced,
    newestOutbox: () => outbox.waiting().newest,
    hasHomes: outside.hasHomes,
    hurry: () => outside.hurry(),
    onPublished: () => {},
    wake() {
      anchor.wake();
      stored.wake();
      outside.wake();
    },
    lag() {
      const { unstored, unsequenced, newest } = outbox.waiting();
      metrics.gauge('series_lag_batches', unstored);
      metrics.gauge('anchor_lag_entries', unsequenced);
      metrics.gauge('outbox_entries', newest);
      metrics.gauge('log_entries', ledger.size);
      return { unstored, unsequenced, anchored: outside.state() };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
  return followers;
}

/** The longest a timer can wait: the log's own publishing is not used. */
const NEVER_MS = 2 ** 31 - 1;

/** The log's files, with the fault points of the durability tests around the head. */
class KillableFiles extends NodeFiles {
  readonly #pass: PassFaultPoint;

  constructor(directory: string, pass: PassFaultPoint) {
    super(directory);
    this.#pass = pass;
  }

  override async writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
    if (path === 'head') this.#pass('log-before-head');
    await super.writeAtomic(path, bytes);
    if (path === 'head') this.#pass('log-after-head');
  }
}
