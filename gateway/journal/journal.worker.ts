// SPDX-License-Identifier: Apache-2.0
/** The journal's worker thread: the one writer of journal.db. Commits groups, then lets the recorder seal what is due. */
import { randomBytes } from 'node:crypto';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { faultPoints } from '../fault-point.ts';
import { serveCalls } from '../worker-calls.ts';
import { type AppendArgs, type JournalOptions, JournalWriter } from './journal-writer.ts';

let writer: JournalWriter | undefined;

function opened(): JournalWriter {
  if (!writer) throw new Error('the journal is not open');
  return writer;
}

/** What the main loop can ask of the journal's worker. */
const handlers = {
  open: async (options: JournalOptions) => {
    const passFaultPoint = faultPoints(options.faultPoint, () => process.kill(process.pid, 'SIGKILL'));
    writer = new JournalWriter(options, { random: randomBytes, passFaultPoint, emit });
    return writer.open();
  },
  append: (args: AppendArgs) => opened().append(args),
  tick: (_: undefined) => opened().tick(),
  heartbeat: (_: undefined) => opened().heartbeat(),
  logAccess: (access: Parameters<JournalWriter['logAccess']>[0]) => opened().logAccess(access),
  accessesOf: (stay: string) => opened().accessesOf(stay),
  logCommands: (args: Parameters<JournalWriter['logCommands']>[0]) => opened().logCommands(args),
  eraseRecord: (commitment: Uint8Array) => opened().eraseRecord(commitment),
  commandNumber: (id: Uint8Array) => opened().commandNumber(id),
  sealedRecord: (commitment: Uint8Array) => opened().sealedRecord(commitment),
  flush: (args: { stay?: string }) => opened().flush(args.stay),
  settled: (args: { stored: readonly number[]; setAside: readonly number[] }) => opened().settled(args),
  sequenced: (upTo: number) => opened().sequenced(upTo),
  state: (_: undefined) => opened().state(),
  openReadings: (stay: string) => opened().openReadings(stay),
  close: (_: undefined) => opened().close(),
};
export type JournalHandlers = typeof handlers;

const emit = serveCalls(parentPort as MessagePort, handlers);
