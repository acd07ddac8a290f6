// SPDX-License-Identifier: Apache-2.0
/** A local ledger over a real log on disk and a real outbox in memory, without threads: a test says when the log takes what waits. */
import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519PublicKey, openLog } from '../../../ledger/index.ts';
import { openAnchorWork } from '../../anchor/anchor-work.ts';
import { noFaultPoints } from '../../fault-point.ts';
import { logName, makeIdentity } from '../../identity.ts';
import type { Journal } from '../../journal/journal.ts';
import { inTransaction, openJournalDatabase } from '../../journal/journal-database.ts';
import type { GatewayKeys } from '../../key-store.ts';
import { AccessStore, type MadeAccess } from '../../record/access-store.ts';
import { CommandStore, type NewCommand } from '../../record/command-store.ts';
import { OutboxStore } from '../../record/outbox-store.ts';
import { HeldTimers } from '../../testing/held-timers.ts';
import type { LocalLedgerOptions } from '../local-ledger.ts';
import { SequencedSignal } from '../sequenced-signal.ts';

export const BENCH_GATEWAY = 'ward-3';

const pair = (type: 'ed25519' | 'x25519') =>
  type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');

export interface LedgerBench extends AsyncDisposable {
  readonly options: (administrator?: KeyObject) => LocalLedgerOptions;
  readonly outbox: OutboxStore;
  readonly administrator: KeyObject;
  readonly timers: HeldTimers;
  /** While false, the log takes nothing: a crash between journal and log. */
  isLogTaking: boolean;
  /** How often the epoch keys were changed. */
  rotations: number;
  readonly size: () => number;
  /** What a start does with what waits in the outbox. */
  readonly takeAll: () => Promise<void>;
}

export async function openLedgerBench(): Promise<LedgerBench> {
  const directory = await mkdtemp(join(tmpdir(), 'lamplight-ledger-'));
  const keys: GatewayKeys = {
    role: 'gateway',
    protection: 'none-demo',
    gatewaySigning: pair('ed25519'),
    log: pair('ed25519'),
    gatewayKem: pair('x25519'),
    journalKey: createSecretKey(randomBytes(32)),
  };
  const log = await openLog({
    directory,
    name: logName(BENCH_GATEWAY),
    key: keys.log.privateKey,
    checkpointIntervalMs: 2 ** 30,
    onFatal: () => undefined,
  });
  const database = openJournalDatabase(':memory:');
  const outbox = new OutboxStore(database);
  const commands = new CommandStore(database, outbox);
  const accesses = new AccessStore(database, outbox, keys.journalKey, randomBytes);
  const timers = new HeldTimers();
  const work = await openAnchorWork({
    log,
    outbox,
    freeBytes: async () => Number.POSITIVE_INFINITY,
    timers,
    checkpointIntervalMs: 0,
    passFaultPoint: noFaultPoints,
    sequenced: async (upTo) => outbox.markSequenced(upTo),
  });
  const signal = new SequencedSignal(timers);
  const takeAll = async () => {
    while (bench.isLogTaking && (await work.sendOldest()) > 0) signal.reached(log.highestOutbox);
  };
  const handlers = {
    logCommands({ commands: news, rotates }: { commands: readonly NewCommand[]; rotates: boolean }) {
      if (rotates) bench.rotations += 1;
      return inTransaction(database, () => Math.max(...news.map((command) => commands.add(command))));
    },
    logAccess: (access: MadeAccess) => inTransaction(database, () => accesses.add(access)),
    commandNumber: (id: Uint8Array) => commands.numberOf(id),
    sealedRecord: (commitment: Uint8Array) => commands.sealedRecord(commitment),
  };
  const call = async (name: keyof typeof handlers, args: never) => {
    const answer = handlers[name](args);
    await takeAll();
    return answer;
  };
  const journal = { calls: { call } } as unknown as Pick<Journal, 'calls'>;
  const careTeam = { id: 'care-team', publicKey: new Uint8Array(32) };
  const founder = generateKeyPairSync('ed25519').privateKey;
  const bench: LedgerBench = {
    outbox,
    administrator: founder,
    timers,
    isLogTaking: true,
    rotations: 0,
    size: () => log.size,
    takeAll,
    options: (administrator = founder) => ({
      org: BENCH_GATEWAY,
      identity: makeIdentity(BENCH_GATEWAY, keys, log.vkey, careTeam),
      administrator: { publicKey: ed25519PublicKey(administrator), privateKey: async () => administrator },
      keys,
      log,
      journal,
      sequenced: signal,
      newestOutbox: () => outbox.waiting().newest,
      wardMs: () => Date.now(),
      random: randomBytes,
    }),
    [Symbol.asyncDispose]: async () => {
      await log[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
  return bench;
}
