// SPDX-License-Identifier: Apache-2.0
/**
 * The bedside gateway: opens its parts in the order of the life of a reading (ARCHITECTURE.md) and closes them in reverse. What
 * it needs from outside (keys, clock, randomness, log, metrics) is handed in.
 */
import type { WardClock } from '../devices/index.ts';
import type { Log as LedgerLog } from '../ledger/index.ts';
import { type Config, organisationOf } from './config.ts';
import { Control } from './control/control.ts';
import type { DataPaths } from './data-directory.ts';
import { DataPath } from './data-path.ts';
import { noFaultPoints, type PassFaultPoint } from './fault-point.ts';
import { type Identity, selfRecipient } from './identity.ts';
import type { Broker } from './intake/broker.ts';
import { DEFAULT_TIME_LIMITS } from './intake/corrected-time.ts';
import type { Credentials } from './intake/credentials.ts';
import type { Device } from './intake/intake.ts';
import { openMqttIntake } from './intake/mqtt-intake.ts';
import { startSerialIntake } from './intake/serial-intake.ts';
import type { DiskState } from './journal/disk.ts';
import { openDiskWatch } from './journal/disk-watch.ts';
import { openJournal } from './journal/journal.ts';
import type { Synchronous } from './journal/journal-database.ts';
import type { JournalLoad } from './journal/journal-writer.ts';
import type { GatewayKeys } from './key-store.ts';
import type { Administrator } from './ledger/administrator.ts';
import { LedgerDesk } from './ledger/ledger-desk.ts';
import type { Log } from './log.ts';
import { topics, type WardMessage } from './messages.ts';
import type { Metrics } from './metrics.ts';
import { type Health, healthOf } from './operations/health.ts';
import { startOperationsServer } from './operations/server.ts';
import { openRecordFollowers } from './record/record-followers.ts';
import { every } from './schedule.ts';
import type { Timers } from './timers.ts';
import { wardMessage } from './ward/ward-message.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly paths: DataPaths;
  readonly keys: GatewayKeys;
  readonly identity: Identity;
  readonly administrator: Administrator;
  readonly credentials: Credentials;
  readonly clock: WardClock;
  /** Whether the wall clock was synchronised when this boot began. */
  readonly timeTrust: 0 | 1;
  readonly random: (length: number) => Uint8Array;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly timers: Timers;
  /** "synthetic", "recorded, de-identified", or null for a real ward. */
  readonly origin: string | null;
  /** Changes the ward before the first sensor can be heard: the demo admits its patients here. */
  readonly beforeTransports?: (dataPath: DataPath) => Promise<void>;
  /** For the durability tests. */
  readonly faultPoint?: string;
  readonly passFaultPoint?: PassFaultPoint;
  readonly synchronous?: Synchronous;
}

export interface Gateway extends AsyncDisposable {
  readonly brokerPort: number;
  readonly operationsPort: number;
  readonly dataPath: DataPath;
  readonly ledger: LedgerLog;
  /** Settles with the reason when a part died that cannot be restarted alone: the process must end and recover by its normal start. */
  readonly failed: Promise<unknown>;
}

/** Real milliseconds. */
const TICK_MS = 250;
const WARD_MESSAGE_MS = 5_000;
/** A device that was enrolled or removed meanwhile is taken in, or cut, after this at the latest. */
const CREDENTIALS_MS = 2_000;
/** Ward milliseconds that a missing sequence number may still come (a resend after a reconnect) before it is signed as missing. */
const GAP_GRACE_MS = 30_000;

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock, metrics, random, keys } = options;
  const { promise: failed, resolve: fail } = Promise.withResolvers<unknown>();
  let died = false;
  void failed.then(() => {
    died = true;
  });
  await using opening = new AsyncDisposableStack();
  const boot = { id: hex(random(8)), wallMs: clock.wallMs() - clock.monotonicMs(), timeTrust: options.timeTrust };
  const passFaultPoint = options.passFaultPoint ?? noFaultPoints;

  // Journal and record: one worker, one writer.
  const wake = { followers: () => {} };
  const { journal, state } = await openJournal(journalOptions(options, boot), config.journal, {
    sealed: () => wake.followers(),
  });
  opening.use(journal);
  void journal.failed.then(fail);

  // What the record sealed goes on to the series store and the log.
  const followers = await openRecordFollowers({ ...options, journal, keys, passFaultPoint, onFatal: fail });
  opening.use(followers);
  wake.followers = () => followers.wake();
  followers.wake();

  // The contract over the log: it judges accesses and holds consents.
  const desk = new LedgerDesk({
    ...options,
    sequenced: followers.sequenced,
    newestOutbox: () => followers.newestOutbox(),
    org: organisationOf(config),
    log: followers.ledger,
    logger: options.log,
    journal,
    wardMs: () => clock.wallMs(),
    onRevoked: () => followers.hurry(),
  });
  followers.onPublished = () => void desk.follow();
  const ledgerOpen = desk.open().catch(() => undefined);
  // A new ledger is founded before the first sensor is heard; one that is there is read meanwhile, however long it is.
  if (followers.ledger.size === 0) await ledgerOpen;

  // Intake: who, whose, when, plausible.
  const devices = (): Device[] => options.credentials.devices().map(deviceOf);
  const device = (handle: string): Device | undefined => {
    const entry = options.credentials.device(handle);
    return entry && deviceOf(entry);
  };
  const publish = { live: (_: Parameters<ConstructorParameters<typeof DataPath>[0]['onLive']>[0]) => {} };
  const dataPath = new DataPath(
    {
      journal,
      beds: config.beds,
      devices,
      device,
      boot: boot.id,
      limits: DEFAULT_TIME_LIMITS,
      gapGraceMs: GAP_GRACE_MS,
      wardMs: () => clock.wallMs(),
      wallMsAt: (monotonicMs) => boot.wallMs + monotonicMs,
      randomHex: (bytes) => hex(random(bytes)),
      count: (name, by = 1) => metrics.count(`intake_${name}_total`, by),
      onLive: (news) => publish.live(news),
    },
    state,
  );

  const board = { diskChanged: (_hasRoomAgain: boolean) => {} };
  const onChange = (next: DiskState) => {
    const wasRefusing = dataPath.isRefusing;
    dataPath.diskChanged(next);
    board.diskChanged(wasRefusing && !dataPath.isRefusing);
  };
  const disk = await openDiskWatch({ ...options, onChange });
  opening.use(disk);
  await options.beforeTransports?.(dataPath);

  // Transports, and the board at the other end of the broker.
  const links = new Map<string, boolean>();
  const ward = (): WardMessage =>
    wardMessage({
      gateway: config.gateway,
      wardName: config.ward,
      dataPath,
      devices: devices(),
      connected: (handle) => links.get(handle) ?? false,
      disk: disk.state(),
      sentMs: clock.wallMs(),
      rate: clock.options.rate,
      origin: options.origin,
    });
  const randomHex = (bytes: number) => hex(random(bytes));
  const control = new Control({
    dataPath,
    wardMs: () => clock.wallMs(),
    randomHex,
    wardMessage: ward,
    ledger: desk,
    openReadings: (stay) => journal.calls.call('openReadings', stay),
    accessesOf: (stay) => journal.calls.call('accessesOf', stay),
    onChange: () => publishWard(),
  });
  const onLink = (handle: string, link: 'up' | 'down') => {
    links.set(handle, link === 'up');
    dataPath.linkChanged(handle, link);
  };
  const broker: Broker = await openMqttIntake({ ...options, dataPath, control, onLink, passFaultPoint });
  opening.use(broker);
  opening.use(await startSerialIntake({ ...options, dataPath, onLink }));
  const topic = topics(config.gateway);
  publish.live = (readings) =>
    void broker.publish(topic.live, JSON.stringify({ type: 'live', sentMs: clock.wallMs(), readings }));
  const publishWard = () => void broker.publish(topic.ward, JSON.stringify(ward()));
  board.diskChanged = (hasRoomAgain) => {
    publishWard();
    if (hasRoomAgain) broker.disconnectDevices();
  };

  const takeCredentials = async () => {
    const cut = await options.credentials.reload();
    if (cut === undefined) return;
    broker.disconnect(cut);
    dataPath.devicesChanged();
    publishWard();
  };

  // The beat.
  opening.use(every(CREDENTIALS_MS, takeCredentials, options, 'credentials'));
  opening.use(every(TICK_MS, () => dataPath.tick(), options, 'gaps'));
  let load: JournalLoad = { rows: 0, openBatches: 0 };
  const tickRecord = async () => {
    load = await journal.calls.call('tick', undefined);
  };
  opening.use(every(TICK_MS, tickRecord, options, 'record'));
  opening.use(every(WARD_MESSAGE_MS, async () => publishWard(), options, 'ward'));
  opening.use(
    every(
      config.log.heartbeatMs / clock.options.rate,
      () => journal.calls.call('heartbeat', undefined),
      options,
      'heartbeat',
    ),
  );

  const health = (): Health => {
    const { unstored, unsequenced, anchored } = followers.lag();
    return healthOf({
      disk: disk.state(),
      diskUsedPercent: Math.round(metrics.read('disk_used_percent')),
      seriesLagBatches: unstored,
      anchorLagEntries: unsequenced,
      failed: died,
      journalRows: load.rows,
      recordOpenBatches: load.openBatches,
      timeTrust: options.timeTrust,
      clockSetMs: clock.setSinceMs(),
      devicesConnected: [...links.values()].filter(Boolean).length,
      logSize: followers.ledger.size,
      ledgerFailed: desk.hasFailed,
      anchored,
    });
  };
  const operations = opening.use(
    await startOperationsServer({
      ...config.operations,
      logDirectory: options.paths.log,
      checkpointFile: followers.hasHomes ? 'anchored' : 'checkpoint',
      metrics,
      log: options.log,
      health,
    }),
  );

  const parts = opening.move();
  return {
    brokerPort: broker.port,
    operationsPort: operations.port,
    dataPath,
    ledger: followers.ledger,
    failed,
    /** Stops the transports first, seals and commits what is open, then lets the followers send what they can. */
    [Symbol.asyncDispose]: async () => {
      await broker[Symbol.asyncDispose]();
      await journal.flush();
      followers.wake();
      await parts.disposeAsync();
    },
  };
}

function journalOptions(options: GatewayOptions, boot: { id: string; wallMs: number; timeTrust: 0 | 1 }) {
  const { config, paths, keys, identity, clock } = options;
  return {
    path: paths.journal,
    gateway: config.gateway,
    boot,
    clock: clock.options,
    keys: {
      store: keys.journalKey,
      signing: keys.gatewaySigning.privateKey,
      signingPublic: identity.gatewayKey,
      kem: keys.gatewayKem.privateKey,
    },
    careTeam: identity.careTeam,
    self: selfRecipient(keys),
    limits: config.record,
    ...(options.faultPoint !== undefined && { faultPoint: options.faultPoint }),
    ...(options.synchronous !== undefined && { synchronous: options.synchronous }),
  };
}

function deviceOf(entry: { handle: string; kind: string; intervalMs: number | null }): Device {
  return { handle: entry.handle, kind: entry.kind, ...(entry.intervalMs !== null && { intervalMs: entry.intervalMs }) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
