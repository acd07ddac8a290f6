// SPDX-License-Identifier: Apache-2.0
/**
 * A home outside the box that remembers the head of our log and takes a newer one only with a proof that it extends the one it holds: a
 * set of witnesses, or the contract on Fabric. Whatever it does delays "anchored", never "sequenced".
 */
import type { AnchorError } from './errors.ts';

/** A head of the log under its own signature. */
export interface SignedHead {
  readonly size: number;
  /** The checkpoint as the log signed it (C2SP signed-note). */
  readonly note: string;
}

/** What a home asks of the log. */
export interface AnchorSource {
  /** Hashes that prove the tree of `from` entries to be a prefix of that of `to`. LOG_RANGE unless 0 < from <= to under a head. */
  consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]>;
}

export interface AnchorReceipt {
  readonly size: number;
  /** The checkpoint with the lines of whoever cosigned it; as it was handed in where nobody does. */
  readonly note: string;
}

/** What a home still says of a head after `anchor` has settled. */
export interface AnchorSequel {
  /** The head has one more line, or is anchored now: the checkpoint may be published again. */
  readonly improved: (receipt: AnchorReceipt) => void;
  /** The home has come to know what is an alarm. */
  readonly alarmed: (error: AnchorError) => void;
}

export interface AnchorHome extends AsyncDisposable {
  readonly name: 'witnesses' | 'fabric';
  /**
   * Shows the newest head; one call covers any gap, and there is one at a time. Resolves when the home's rule is met (k of n witnesses
   * answered, the transaction is committed). Rejects with an AnchorError: transient or ambiguous means come again with this head or a
   * newer one. Alarms for people: ANCHOR_FORKED and ANCHOR_ROLLED_BACK mean that the home holds another history, or a longer one, than we;
   * ANCHOR_ACCUSED that it says so without showing it. Of what comes later `sequel` is told, until the next head or the end.
   */
  anchor(head: SignedHead, sequel?: AnchorSequel): Promise<AnchorReceipt>;
}
