// SPDX-License-Identifier: Apache-2.0
/** Everything that follows the log to homes outside the box: witnesses, and the channel on Fabric. None of it holds up what is recorded. */
import type { WardClock } from '../../devices/index.ts';
import type { Log as LedgerLog } from '../../ledger/index.ts';
import { type Config, organisationOf } from '../config.ts';
import type { DataPaths } from '../data-directory.ts';
import { GatewayError } from '../errors.ts';
import type { Follower, FollowerWork } from '../follower.ts';
import type { Journal } from '../journal/journal.ts';
import type { GatewayKeys } from '../key-store.ts';
import { type FabricLink, openFabricLink } from '../ledger/fabric-link.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Timers } from '../timers.ts';
import { openWitnesses } from './anchor-homes.ts';
import { type AnchoredState, type AnchoredWork, alarmOf, isProved, openAnchoredWork } from './anchored-work.ts';

export interface OutsideOptions {
  readonly config: Pick<Config, 'gateway' | 'ledger'>;
  readonly paths: DataPaths;
  readonly keys: GatewayKeys;
  readonly journal: Journal;
  readonly clock: WardClock;
  readonly random: (length: number) => Uint8Array;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onFatal: (reason: unknown) => void;
}

export interface Outside extends AsyncDisposable {
  /** Whether anybody is asked: what they have accepted is what everybody gets as the log's checkpoint. */
  readonly hasHomes: boolean;
  /** There may be a new head. */
  wake(): void;
  /** The next head goes out at once: a consent was revoked. */
  hurry(): void;
  /** How far the homes are, null where there are none; sets the gauges. */
  state(): AnchoredState | null;
}

/** Ward time and real time on a channel, whose peers refuse what is ten minutes ahead of them. */
const MAX_APART_MS = 60_000;

/** Asks the homes before anything is added to the log. Throws LEDGER_RECOVERY_NEEDED, and what a wrong configuration throws. `follow` starts a follower. */
export async function openOutside(
  options: OutsideOptions,
  ledger: LedgerLog,
  follow: (work: FollowerWork) => Follower,
): Promise<Outside> {
  await using opening = new AsyncDisposableStack();
  const fabric = await openFabric(options, ledger);
  if (fabric) opening.use(fabric);
  const forward = fabric && opening.use(follow(fabric.forward));
  const wake = { anchored: () => {} };
  const anchored = await openAnchored(options, ledger, fabric, opening, () => wake.anchored());
  const follower = anchored && opening.use(follow(anchored));
  wake.anchored = () => follower?.wake();
  if (anchored) opening.defer(() => anchored.stop());
  const parts = opening.move();
  return {
    hasHomes: anchored !== undefined,
    wake() {
      forward?.wake();
      follower?.wake();
    },
    hurry: () => anchored?.hurry(),
    state() {
      const state = anchored?.state() ?? null;
      setGauges(options.metrics, state, fabric?.counters() ?? {});
      return state;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function setGauges(metrics: Metrics, state: AnchoredState | null, counters: Readonly<Record<string, number>>): void {
  if (state) {
    metrics.gauge('anchored_size', state.size);
    metrics.gauge('anchored_age_seconds', Math.round(state.waitingMs / 1000));
    metrics.gauge('anchored_alarm', gaugeOf(state.alarm));
  }
  for (const [name, value] of Object.entries(counters))
    metrics.gauge(`fabric_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`, value);
}

/** 0 for none, 1 for one without proof, 2 for one that is proved. */
function gaugeOf(alarm: AnchoredState['alarm']): number {
  if (alarm === null) return 0;
  return isProved(alarm) ? 2 : 1;
}

async function openAnchored(
  { config, paths, timers, metrics, log }: OutsideOptions,
  ledger: LedgerLog,
  fabric: FabricLink | undefined,
  opening: AsyncDisposableStack,
  wake: () => void,
): Promise<AnchoredWork | undefined> {
  const homes = await openWitnesses({ config: config.ledger, log: ledger, timers });
  for (const home of homes) opening.use(home);
  if (fabric) homes.push(fabric.home);
  if (homes.length === 0) return undefined;
  return openAnchoredWork({
    homes,
    log: ledger,
    directory: paths.log,
    timers,
    intervalMs: config.ledger.anchorIntervalMs,
    wake,
    onHomeFailure(part, error) {
      metrics.count('anchor_home_failures_total');
      const isAlarm = alarmOf(error) !== null;
      log[isAlarm ? 'error' : 'warn'](isAlarm ? 'ledger-alarm' : 'anchor-home-away', { part, error });
    },
  });
}

async function openFabric(options: OutsideOptions, log: LedgerLog): Promise<FabricLink | undefined> {
  const { config, paths, keys, journal, clock, random, timers, metrics, onFatal } = options;
  const { rate, originRealMs, originWardMs } = clock.options;
  const isReal = rate === 1 && Math.abs(originWardMs - originRealMs) < MAX_APART_MS;
  if (config.ledger.fabric && !isReal) throw new GatewayError('FABRIC_NEEDS_REAL_TIME');
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
