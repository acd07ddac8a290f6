// SPDX-License-Identifier: Apache-2.0
/** The narrow way to a channel: all that outbox and host ask of Fabric. The client of Fabric implements it, and a test's own small one. */
import type { Reply } from '../contract/host.ts';
import type { ReadName } from '../contract/reads.ts';

/** A transaction that the organisations endorsed and we signed. Nobody has ordered it yet. */
export interface Endorsed {
  readonly txId: string;
  /** Signed, as `submit` takes it, again and again the same. */
  readonly envelope: Uint8Array;
  /** What the contract answered; it holds when the transaction is committed. */
  readonly reply: Reply;
}

/**
 * Each call has a deadline, and rejects with what the client of Fabric threw: `outcomeOf` reads it.
 */
export interface FabricPort {
  /** `sealed` goes into the private collection. */
  endorse(command: Uint8Array, sealed?: Uint8Array): Promise<Endorsed>;
  /** Hands an envelope to the orderers. That it resolves does not mean that it is committed. */
  submit(envelope: Uint8Array): Promise<void>;
  /** The validation code of a committed transaction. For an unknown id it waits until the deadline. */
  status(txId: string, deadlineMs: number): Promise<number>;
  /** What the contract would answer now; nothing is ordered. */
  judge(command: Uint8Array): Promise<Reply>;
  read(name: ReadName, args: Uint8Array): Promise<Uint8Array>;
}
