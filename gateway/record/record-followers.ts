// SPDX-License-Identifier: Apache-2.0
/**
 * The followers of the record: the series store and the log follow the outbox, the homes outside the box follow the log. Each has its own
 * cursor, back-off and lag.
 */
import { Worker } from 'node:worker_threads';
import type { WardClock } from '../../devices/index.ts';
import {
  AnchorError,
  type AnchorHome,
  type AnchorReceipt,
  type Log as LedgerLog,
  NodeFiles,
  openLog,
} from '../../ledger/index.ts';
import { openWitnesses } from '../anchor/anchor-homes.ts';
import { openAnchorWork } from '../anchor/anchor-work.ts';
import { type AnchoredState, type AnchoredWork, openAnchoredWork } from '../anchor/anchored-work.ts';
import { type Config, organisationOf } from '../config.ts';
import type { DataPaths } from '../data-directory.ts';
import { GatewayError } from '../errors.ts';
import type { PassFaultPoint } from '../fault-point.ts';
import { Follower } from '../follower.ts';
import { logName } from '../identity.ts';
import type { Journal } from '../journal/journal.ts';
import { readJournalDatabase } from '../journal/journal-database.ts';
import type { GatewayKeys } from '../key-store.ts';
import { type FabricLink, openFabricLink } from '../ledger/fabric-link.ts';
import { SequencedSignal } from '../ledger/sequenced-signal.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { seriesOptions } from '../series/open-series.ts';
import type { SeriesHandlers } from '../series/series.worker.ts';
import { seriesWork } from '../series/series-work.ts';
import type { Timers } from '../timers.ts';
import { WORKER_HEAP, WorkerCalls } from '../worker-calls.ts';
import { OutboxStore } from './outbox-store.ts';

export interface RecordFollowersOptions {
  readonly config: Pick<Config, 'gateway' | 'ledger' | 'log' | 'series'>;
  readonly paths: DataPaths;
  readonly keys: GatewayKeys;
  readonly journal: Journal;
  readonly clock: WardClock;
  readonly random: (length: number) => Uint8Array;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly passFaultPoint: PassFaultPoint;
  readonly onFatal: (reason: unknown) => void;
}

export interface RecordFollowers extends AsyncDisposable {
  readonly ledger: LedgerLog;
  /** Tells who waits for an entry of the outbox that it stands in the log. */
  readonly sequenced: SequencedSignal;
  /** Newest number of the outbox as the followers were opened. */
  readonly newestOutbox: number;
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
      new Worker(new URL('../series/series.worker.ts', import.meta.url), { resourceLimits: WORKER_HEAP }),
    ),
  );
  void series.failed.then(onFatal);
  await series.call('open', await seriesOptions(options.config.series, paths));

  const follow = (work: ConstructorParameters<typeof Follower>[0]): Follower =>
    opening.use(
      new Follower(work, {
        timers: options.timers,
        onFailure(error) {
          metrics.count(`${work.name}_failures_total`);
          options.log.warn('follower-waits', { part: work.name, error });
        },
      }),
    );
  const fabric = await openFabric(options, ledger);
  if (fabric) opening.use(fabric);
  const forward = fabric && follow(fabric.forward);
  const anchored = await openAnchored(options, ledger, fabric?.home, opening, () => anchoredFollower?.wake());
  const anchoredFollower = anchored && follow(anchored);
  if (anchored) opening.defer(() => anchored.stop());
  const sequenced = new SequencedSignal(options.timers);
  sequenced.reached(ledger.highestOutbox);
  const anchor = follow(
    await openAnchorWork({
      log: ledger,
      outbox,
      sequenced: (upTo) => journal.calls.call('sequenced', upTo),
      onAppended: (upTo) => sequenced.reached(upTo),
      onPublished() {
        forward?.wake();
        anchoredFollower?.wake();
        followers.onPublished();
      },
      timers: options.timers,
      checkpointIntervalMs: options.config.log.checkpointIntervalMs,
      passFaultPoint,
    }),
  );
  const stored = follow(
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
  );

  const parts = opening.move();
  const followers: RecordFollowers = {
    ledger,
    sequenced,
    newestOutbox: outbox.waiting().newest,
    hasHomes: anchored !== undefined,
    hurry: () => anchored?.hurry(),
    onPublished: () => {},
    wake() {
      anchor.wake();
      stored.wake();
      forward?.wake();
      anchoredFollower?.wake();
    },
    lag() {
      const { unstored, unsequenced, newest } = outbox.waiting();
      metrics.gauge('series_lag_batches', unstored);
      metrics.gauge('anchor_lag_entries', unsequenced);
      metrics.gauge('outbox_entries', newest);
      metrics.gauge('log_entries', ledger.size);
      const state = anchored?.state() ?? null;
      if (state) {
        metrics.gauge('anchored_size', state.size);
        metrics.gauge('anchored_age_seconds', Math.round(state.waitingMs / 1000));
      }
      for (const [name, value] of Object.entries(fabric?.counters() ?? {}))
        metrics.gauge(`fabric_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`, value);
      return { unstored, unsequenced, anchored: state };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
  return followers;
}

/** Asks the homes outside the box before anything is added to the log. Throws LEDGER_RECOVERY_NEEDED. */
async function openAnchored(
  { config, paths, timers, metrics, log }: RecordFollowersOptions,
  ledger: LedgerLog,
  fabric: AnchorHome | undefined,
  opening: AsyncDisposableStack,
  wake: () => void,
): Promise<AnchoredWork | undefined> {
  let work: AnchoredWork | undefined;
  const onImproved = (receipt: AnchorReceipt) => void work?.improved(receipt);
  const homes = await openWitnesses({ config: config.ledger, log: ledger, timers, onImproved });
  for (const home of homes) opening.use(home);
  if (fabric) homes.push(fabric);
  if (homes.length === 0) return undefined;
  work = await openAnchoredWork({
    homes,
    log: ledger,
    directory: paths.log,
    timers,
    intervalMs: config.ledger.anchorIntervalMs,
    wake,
    onHomeFailure(part, error) {
      metrics.count('anchor_home_failures_total');
      const isAlarm = error instanceof AnchorError && error.code !== 'ANCHOR_UNREACHABLE';
      log[isAlarm ? 'error' : 'warn'](isAlarm ? 'ledger-alarm' : 'anchor-home-away', { part, error });
    },
  });
  return work;
}

async function openFabric(options: RecordFollowersOptions, log: LedgerLog): Promise<FabricLink | undefined> {
  const { config, paths, keys, journal, clock, random, timers, metrics, onFatal } = options;
  return openFabricLink({
    config: config.ledger,
    org: organisationOf(config),
    signing: keys.gatewaySigning.privateKey,
    log,
    directory: paths.fabric,
    sealedRecord: (commitment) => journal.calls.call('sealedRecord', commitment),
    wardMs: () => clock.wallMs(),
    random,
    timers,
    onRefused(error) {
      metrics.count('fabric_commands_refused_total');
      options.log.error('fabric-command-refused', { part: 'fabric', error });
    },
    onUnanswered: () => metrics.count('fabric_unanswered_total'),
    onFatal,
  });
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
