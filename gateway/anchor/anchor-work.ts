// SPDX-License-Identifier: Apache-2.0
/** The anchor follower's work: log entries of the outbox into the log, in order, and the cursor after the head that covers them. */
import type { Log } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { PassFaultPoint } from '../fault-point.ts';
import type { FollowerWork } from '../follower.ts';
import type { OutboxStore } from '../record/outbox-store.ts';
import type { Timers } from '../timers.ts';

/** Entries given to the log at once; they share one sync. */
const MAX_ENTRIES_AT_ONCE = 4096;
/** So much must be free before the log is written to: more than a group with its tiles takes. */
export const LOG_ROOM_BYTES = 4 * 1024 * 1024;

export interface AnchorDeps {
  readonly log: Log;
  /** The outbox, read beside its writer. */
  readonly outbox: OutboxStore;
  /** Bytes that are free on the disk of the log. */
  readonly freeBytes: () => Promise<number>;
  /** Tells the journal that all numbers up to here are sequenced under a durable head. */
  readonly sequenced: (upTo: number) => Promise<void>;
  /** All numbers up to here stand in the log, and soon under a head. */
  readonly onAppended?: (upTo: number) => void;
  /** The log has lost so many of its newest entries since they stood under a head; the outbox has them, and they are sent again. */
  readonly onLogCut?: (entries: number) => void;
  /** There is a new head. */
  readonly onPublished?: () => void;
  readonly timers: Timers;
  /** Real milliseconds between two checkpoints at the least. */
  readonly checkpointIntervalMs: number;
  readonly passFaultPoint: PassFaultPoint;
}

/** Throws JOURNAL_ROLLED_BACK if the log holds what the outbox never sent: then journal.db is older than the log. */
export async function openAnchorWork(deps: AnchorDeps): Promise<FollowerWork> {
  const { log, outbox, timers } = deps;
  await assertSameHistory(log, outbox);
  const lost = sequencedUpTo(outbox) - Math.max(0, log.highestOutbox);
  if (lost > 0) deps.onLogCut?.(lost);
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  let anchored = 0;

  async function sendOldest(): Promise<number> {
    // From where the log ends, whatever the cursor says: the log may have been cut.
    const entries = outbox.entriesAfter(log.highestOutbox, MAX_ENTRIES_AT_ONCE);
    if (entries.length > 0) {
      // Number n is entry n - 1: whoever has the outbox number of a batch has its place in the log. Before anything is in a wrong one.
      if (log.size !== entries[0]!.outbox - 1) throw new GatewayError('LOG_OUT_OF_STEP');
      await assertRoom();
      await log.append(entries);
      deps.passFaultPoint('log-after-append');
      deps.onAppended?.(log.highestOutbox);
      return entries.length;
    }
    if (log.highestOutbox <= anchored) return 0;
    await restOfInterval();
    await assertRoom();
    const upTo = log.highestOutbox;
    await log.publish();
    publishedAtMs = timers.monotonicMs();
    deps.onPublished?.();
    await deps.sequenced(upTo);
    anchored = upTo;
    return 1;
  }

  /** A log that cannot write stops for good, and the gateway with it: on a full disk live values would go dark too. */
  async function assertRoom(): Promise<void> {
    if ((await deps.freeBytes()) < LOG_ROOM_BYTES) throw new GatewayError('LOG_NO_ROOM');
  }

  function restOfInterval(): Promise<void> {
    const waitMs = publishedAtMs + deps.checkpointIntervalMs - timers.monotonicMs();
    return waitMs <= 0 ? Promise.resolve() : new Promise((resolve) => timers.after(waitMs, resolve));
  }

  return { name: 'anchor', sendOldest };
}

/** All entries up to this number are sequenced under a head that was durable, as the cursor says. */
function sequencedUpTo(outbox: OutboxStore): number {
  return (outbox.unsequenced(0, 1)[0]?.outbox ?? outbox.waiting().newest + 1) - 1;
}

/**
 * After a crash between append and cursor the log is ahead of what the outbox knows, with the very same entries. A journal.db that
 * was put back has too few, or, once it has sealed its open rows anew under the numbers of old ones, others.
 */
async function assertSameHistory(log: AnchorDeps['log'], outbox: OutboxStore): Promise<void> {
  if (log.highestOutbox > outbox.waiting().newest) throw new GatewayError('JOURNAL_ROLLED_BACK');
  let after = 0;
  for (;;) {
    const page = outbox.unsequenced(after, MAX_ENTRIES_AT_ONCE).filter((entry) => entry.outbox <= log.highestOutbox);
    for (const { outbox: number, entry } of page)
      if (Buffer.compare(await log.entry(number - 1), entry) !== 0) throw new GatewayError('JOURNAL_ROLLED_BACK');
    const last = page.at(-1);
    if (!last) return;
    after = last.outbox;
  }
}
