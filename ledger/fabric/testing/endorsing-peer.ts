// SPDX-License-Identifier: Apache-2.0
/** A peer as the services see it: any peer can be asked for an endorsement, the one they serve for its ledger too. */
import type { Endorsed, NotEndorsed } from './endorser.ts';
import type { EventStreams } from './event-streams.ts';
import type { Ledger } from './ledger.ts';
import type { Proposal } from './proposal.ts';

export interface EndorsingPeer {
  readonly mspId: string;
  readonly address: string;
  endorse(proposal: Proposal): Promise<Endorsed | NotEndorsed>;
}

export interface ServedPeer extends EndorsingPeer {
  readonly ledger: Ledger;
  readonly streams: EventStreams;
  /** Whether it has heard of the other peers. */
  readonly knowsOthers: boolean;
  /** A transaction of one of its clients was handed to the orderer. */
  afterBroadcast(): void;
}
