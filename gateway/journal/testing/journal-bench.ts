// SPDX-License-Identifier: Apache-2.0
/** The journal with its real writer and a real database in memory, but no thread: a test holds commits back, or makes them fail. */
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { ed25519PublicKey, rawPublicKey } from '../../../ledger/index.ts';
import { noFaultPoints } from '../../fault-point.ts';
import { WorkerCallError, type WorkerCalls } from '../../worker-calls.ts';
import { Journal } from '../journal.ts';
import type { JournalHandlers } from '../journal.worker.ts';
import { type JournalOptions, type JournalState, JournalWriter } from '../journal-writer.ts';

export const BENCH_BOOT = '00000000000000b0';
const LIMITS = {
  batchMaxMs: 300_000,
  batchMaxReadings: 1000,
  batchMaxBytes: 49_152,
  epochMs: 86_400_000,
  paddingBytes: 256,
};

export interface JournalBench {
  readonly journal: Journal;
  readonly writer: JournalWriter;
  readonly state: JournalState;
  /** Reasons for which the journal gave up. */
  readonly fatal: unknown[];
  /** While set, commits are refused like on a full disk. */
  full: boolean;
  /** Commits wait until the answer is called. */
  hold(): () => void;
}

export async function openJournalBench(): Promise<JournalBench> {
  const writer = new JournalWriter(options(), { random: randomBytes, passFaultPoint: noFaultPoints, emit: () => {} });
  const state = await writer.open();
  let held: Promise<void> = Promise.resolve();
  const fatal: unknown[] = [];
  const calls = {
    async call(name: keyof JournalHandlers, args: never): Promise<unknown> {
      if (name === 'append') await held;
      if (name === 'append' && bench.full)
        throw new WorkerCallError({ code: 'JOURNAL_FULL', message: 'full', advice: 'make room' });
      return structuredClone(await (writer[name as 'append'] as (given: never) => unknown).call(writer, args));
    },
    [Symbol.asyncDispose]: async () => {},
  } as unknown as WorkerCalls<JournalHandlers>;
  const journal = new Journal(calls, new Promise(() => {}), (reason) => fatal.push(reason), {
    groupMs: 1,
    groupMaxMs: 1,
  });
  const bench: JournalBench = {
    journal,
    writer,
    state,
    fatal,
    full: false,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
  return bench;
}

function options(): JournalOptions {
  const signing = generateKeyPairSync('ed25519').privateKey;
  const kem = generateKeyPairSync('x25519');
  const recipient = (id: string) => ({ id, publicKey: rawPublicKey(kem.publicKey) });
  return {
    path: ':memory:',
    gateway: 'bench',
    boot: { id: BENCH_BOOT, wallMs: 0, timeTrust: 1 },
    clock: { rate: 1, originRealMs: 0, originWardMs: 0 },
    keys: {
      store: createSecretKey(randomBytes(32)),
      signing,
      signingPublic: ed25519PublicKey(signing),
      kem: kem.privateKey,
    },
    careTeam: recipient('care-team'),
    self: recipient('gateway'),
    limits: LIMITS,
  };
}
