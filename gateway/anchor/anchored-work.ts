// SPDX-License-Identifier: Apache-2.0
/**
 * The anchored follower's work: shows the newest head of the log to every home outside the box, and keeps and publishes the checkpoint that
 * all of them have accepted. Its cursor is that checkpoint, durable before anybody may see it. Homes that are away delay "anchored" and
 * nothing else.
 */
import {
  AnchorError,
  type AnchorErrorCode,
  type AnchorHome,
  type AnchorReceipt,
  type Log as LedgerLog,
  readAnchored,
  type SignedHead,
  writeAnchored,
} from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { FollowerWork } from '../follower.ts';
import type { Timers } from '../timers.ts';

export interface AnchoredDeps {
  /** At least one. */
  readonly homes: readonly AnchorHome[];
  readonly log: Pick<LedgerLog, 'checkpoint' | 'publishedSize' | 'vkey' | 'publish'>;
  /** Folder of the log. */
  readonly directory: string;
  readonly timers: Timers;
  /** Real milliseconds between two heads at the least. */
  readonly intervalMs: number;
  /** The follower is to look again: the interval is over. */
  readonly wake: () => void;
  /** A home did not accept the head. */
  readonly onHomeFailure: (home: AnchorHome['name'], error: unknown) => void;
}

/** What a home says that people must look at. */
export type AnchorAlarm = Exclude<AnchorErrorCode, 'ANCHOR_UNREACHABLE'>;

export interface AnchoredState {
  /** Entries under the newest checkpoint that all homes have accepted. */
  readonly size: number;
  /** Real milliseconds since the oldest head that is not anchored; 0 when all are. */
  readonly waitingMs: number;
  /** One that is proved stays until the next start: whoever looks later must see it. One without proof ends when that home accepts a head. */
  readonly alarm: AnchorAlarm | null;
}

/** A start, and a stop, wait so long for the homes. Real milliseconds. */
const START_MS_MAX = 3_000;
const STOP_MS_MAX = 3_000;

/**
 * Shows the head that the disk holds to the homes before anything is added to it. Throws LEDGER_RECOVERY_NEEDED when one of them
 * shows that it remembers a longer log or another one. A home that only says so, or does not answer in time, stops nothing: care goes on.
 */
export async function openAnchoredWork(deps: AnchoredDeps): Promise<AnchoredWork> {
  const { log, directory, timers } = deps;
  // A log that was taken away whole is found too: a home that remembers it will not take an empty one.
  if (log.checkpoint() === undefined) await log.publish();
  const anchored = await readAnchored(directory, log.vkey);
  if (anchored && anchored.size > log.publishedSize) throw new GatewayError('LEDGER_RECOVERY_NEEDED', 'on this disk');
  const work = new AnchoredWork(deps, anchored?.size ?? 0);
  await Promise.race([work.showNow(), patience(timers, START_MS_MAX)]);
  const { alarm } = work.state();
  if (alarm && isProved(alarm)) throw new GatewayError('LEDGER_RECOVERY_NEEDED', alarm);
  return work;
}

export class AnchoredWork implements FollowerWork {
  readonly name = 'anchor_round';
  readonly #deps: AnchoredDeps;
  #size: number;
  #waitingSinceMs: number | undefined;
  /** What was proved, and who accuses without proof. */
  #proved: AnchorAlarm | null = null;
  readonly #accusing = new Set<AnchorHome>();
  /** All homes have answered since the start: a disk that was put back would have been found. */
  #isConfirmed = false;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #urgent = false;
  #stopping = false;
  /** Resolves when a stop has waited long enough. */
  readonly #givenUp = Promise.withResolvers<void>();
  #cancelTimer: (() => void) | undefined;
  /** One question at a time to each home. */
  #running: Promise<void> | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(deps: AnchoredDeps, size: number) {
    this.#deps = deps;
    this.#size = size;
  }

  state(): AnchoredState {
    const waitingMs = this.#waitingSinceMs === undefined ? 0 : this.#deps.timers.monotonicMs() - this.#waitingSinceMs;
    const accused = this.#accusing.size > 0 ? 'ANCHOR_ACCUSED' : null;
    return { size: this.#size, waitingMs, alarm: this.#proved ?? accused };
  }

  /** One head covers any gap, so there is at most one to show. Rejects when a home did not accept it. */
  async sendOldest(): Promise<number> {
    const { log, timers } = this.#deps;
    if (log.publishedSize <= this.#size) {
      this.#waitingSinceMs = undefined;
      if (this.#isConfirmed) return 0;
    } else this.#waitingSinceMs ??= timers.monotonicMs();
    const restMs = this.#shownAtMs + this.#deps.intervalMs - timers.monotonicMs();
    if (restMs > 0 && !this.#urgent && !this.#stopping) {
      this.#wakeAfter(restMs);
      return 0;
    }
    this.#urgent = false;
    await Promise.race([this.show(), this.#givenUp.promise]);
    return this.#stopping ? 0 : 1;
  }

  /** The next head does not wait for its time: a consent was revoked. */
  hurry(): void {
    this.#urgent = true;
  }

  /** From now on the homes are asked once more at most, and not for long. */
  stop(): void {
    this.#stopping = true;
    this.#cancelTimer?.();
    void patience(this.#deps.timers, STOP_MS_MAX).then(this.#givenUp.resolve);
  }

  /** Asks every home, and takes note of a failure; never rejects. */
  async showNow(): Promise<void> {
    await this.show().catch(() => undefined);
  }

  /** Rejects with the worst that a home said. */
  show(): Promise<void> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #round(): Promise<void> {
    const { homes, log, timers } = this.#deps;
    const head: SignedHead = { size: log.publishedSize, note: log.checkpoint()! };
    this.#shownAtMs = timers.monotonicMs();
    const outcomes = await Promise.allSettled(homes.map((home) => this.#showTo(home, head)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    this.#isConfirmed ||= failures.length === 0;
    if (failures.length > 0) throw failures.find((failure) => alarmOf(failure)) ?? failures[0];
    const receipts = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const size = Math.min(...receipts.map((receipt) => receipt.size));
    await this.#keep({ note: mostCosigned(receipts).note, size });
  }

  /** What one home says counts at once, however long the others take. */
  async #showTo(home: AnchorHome, head: SignedHead): Promise<AnchorReceipt> {
    try {
      const receipt = await home.anchor(head, {
        improved: (better) => void this.#improved(home, better),
        alarmed: (error) => this.#failed(home, error),
      });
      this.#accusing.delete(home);
      return receipt;
    } catch (error) {
      this.#failed(home, error);
      throw error;
    }
  }

  #failed(home: AnchorHome, error: unknown): void {
    this.#deps.onHomeFailure(home.name, error);
    const alarm = alarmOf(error);
    if (alarm === null) return;
    if (isProved(alarm)) this.#proved ??= alarm;
    else this.#accusing.add(home);
  }

  /** A home has more to say of a head that was shown: one more cosignature, or the one that was missing. Never rejects. */
  async #improved(home: AnchorHome, receipt: AnchorReceipt): Promise<void> {
    this.#accusing.delete(home);
    const isEnough = receipt.size === this.#size || (receipt.size > this.#size && this.#deps.homes.length === 1);
    if (isEnough) await this.#keep(receipt).catch((error) => this.#deps.onHomeFailure(home.name, error));
  }

  /** One after the other: an older one must never come last. */
  #keep({ size, note }: AnchorReceipt): Promise<void> {
    const { directory, log } = this.#deps;
    const kept = this.#keeping.then(async () => {
      if (size < this.#size) return;
      // Commit point of "anchored": durable first, then told.
      await writeAnchored(directory, log.vkey, note);
      this.#size = size;
      if (size === log.publishedSize) this.#waitingSinceMs = undefined;
    });
    // The next one does not depend on it; the failure is its own caller's.
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }

  #wakeAfter(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#deps.timers.after(delayMs, this.#deps.wake);
  }
}

/** Fabric cosigns nothing: what people outside can check are the lines of the witnesses. */
function mostCosigned(receipts: readonly AnchorReceipt[]): AnchorReceipt {
  return receipts.reduce((best, receipt) => (receipt.note.length > best.note.length ? receipt : best));
}

/** The alarm that a home's failure means, or null if it is only away. */
export function alarmOf(error: unknown): AnchorAlarm | null {
  return error instanceof AnchorError && error.code !== 'ANCHOR_UNREACHABLE' ? error.code : null;
}

/** Whether it rests on a head under the log's own key, which nobody else can have signed. */
export function isProved(alarm: AnchorAlarm): boolean {
  return alarm !== 'ANCHOR_ACCUSED';
}

function patience(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => timers.after(delayMs, resolve));
}
