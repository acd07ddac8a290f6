// SPDX-License-Identifier: Apache-2.0
/** The ordering service: puts envelopes in a row and cuts it into blocks, by time or by count; freezes, stops and stumbles by command. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { common } from '@hyperledger/fabric-protos';
import type { OrderedBlock, OrderedEntry } from './block.ts';
import { refusedAt } from './chaincode-link.ts';
import { type Membership, unsatisfied } from './membership.ts';
import { unpackTransaction } from './transaction.ts';

/** What became of handing an envelope in; `failed` leaves open whether it was ordered. */
export type Broadcast =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface OrdererOptions {
  readonly address: string;
  readonly members: Membership;
  /** A block is cut so long after its first transaction, or when it has so many. */
  readonly blockTimeoutMs: number;
  readonly blockTransactionsMax: number;
  /** A peer waits so long for an answer. */
  readonly broadcastTimeoutMs: number;
  /** Called when there is a new block. */
  readonly deliver: () => void;
}

export class Orderer {
  readonly #options: OrdererOptions;
  readonly #blocks: OrderedBlock[] = [];
  #pending: OrderedEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #freezeForMs: number | undefined;
  #thaw: Promise<void> | undefined;
  #isUp = true;
  #delayMs = 0;
  #duplicates = 0;
  #rivals = 0;
  #losses = 0;

  constructor(options: OrdererOptions) {
    this.#options = options;
  }

  get address(): string {
    return this.#options.address;
  }

  /** Blocks from this number on, for a peer that was away. */
  blocksFrom(number: number): readonly OrderedBlock[] {
    return this.#blocks.filter((block) => block.number >= number);
  }

  async broadcast(envelope: common.Envelope): Promise<Broadcast> {
    if (!this.#isUp) return { kind: 'failed', message: unreachable(this.#options.address) };
    if (this.#losses > 0) {
      this.#losses -= 1;
      await sleep(this.#options.broadcastTimeoutMs, undefined, { ref: false });
      return { kind: 'failed', message: HANDSHAKE_FAILED };
    }
    this.#thaw ??= this.#freezeNow();
    if (this.#thaw !== undefined) {
      const answered = this.#thaw.then(() => this.#order(envelope));
      const timeout = sleep(this.#options.broadcastTimeoutMs, undefined, { ref: false });
      return Promise.race([answered, timeout.then(() => TIMED_OUT)]);
    }
    return this.#order(envelope);
  }

  /** From the next envelope on, however long that one takes to come. */
  freeze(forMs: number): void {
    this.#freezeForMs = forMs;
  }
  stop(): void {
    this.#isUp = false;
  }
  start(): void {
    this.#isUp = true;
  }
  /** The next block is cut so much later. */
  slowNextBlock(byMs: number): void {
    this.#delayMs = byMs;
  }
  /** The next envelope is ordered twice. */
  duplicateNext(): void {
    this.#duplicates += 1;
  }
  /** Somebody else writes, before the next transaction, what that one has read. */
  rivalNext(): void {
    this.#rivals += 1;
  }
  /** The next envelope never arrives, and the peer learns so late. */
  loseNext(): void {
    this.#losses += 1;
  }
  close(): void {
    this.#isUp = false;
    clearTimeout(this.#timer);
  }

  /** Resolves when it is over; undefined if nobody asked for it. */
  #freezeNow(): Promise<void> | undefined {
    const forMs = this.#freezeForMs;
    this.#freezeForMs = undefined;
    return forMs === undefined
      ? undefined
      : sleep(forMs, undefined, { ref: false }).then(() => {
          this.#thaw = undefined;
        });
  }

  #order(envelope: common.Envelope): Broadcast {
    if (this.#options.members.refusal(unpackTransaction(envelope)))
      return { kind: 'refused', message: `status=FORBIDDEN, info=${unsatisfied('Writers')}: permission denied` };
    this.#append({ envelope, hasRival: this.#rivals > 0 });
    this.#rivals = Math.max(0, this.#rivals - 1);
    if (this.#duplicates > 0) this.#append({ envelope, hasRival: false });
    this.#duplicates = Math.max(0, this.#duplicates - 1);
    return { kind: 'accepted' };
  }

  #append(entry: OrderedEntry): void {
    this.#pending.push(entry);
    const { blockTimeoutMs, blockTransactionsMax } = this.#options;
    if (this.#pending.length >= blockTransactionsMax && this.#delayMs === 0) this.#cut();
    else this.#timer ??= setTimeout(() => this.#cut(), blockTimeoutMs + this.#delayMs);
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#delayMs = 0;
    const entries = this.#pending.splice(0, this.#options.blockTransactionsMax);
    // Number 0 is the channel's configuration.
    this.#blocks.push({ number: this.#blocks.length + 1, entries });
    this.#options.deliver();
  }
}

const TIMED_OUT: Broadcast = {
  kind: 'failed',
  message: 'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
};

/** A frozen orderer takes a peer's connection, and says nothing on it. */
const HANDSHAKE_FAILED =
  'rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: context deadline exceeded"';

/** What a peer reports of a node at which nobody listens. */
export function unreachable(address: string): string {
  const cause = `connection error: desc = "transport: Error while dialing: ${refusedAt(address)}"`;
  return `rpc error: code = Unavailable desc = ${cause}`;
}
