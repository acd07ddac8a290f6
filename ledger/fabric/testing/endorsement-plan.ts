// SPDX-License-Identifier: Apache-2.0
/** How the gateway service of a peer gathers endorsements: first its own, from which it learns whose else it needs, then the others'. */
import { status } from '@grpc/grpc-js';
import type { peer } from '@hyperledger/fabric-protos';
import type { Endorsed } from './endorser.ts';
import type { EndorsingPeer, ServedPeer } from './endorsing-peer.ts';
import { GatewayFault, type NodeWords } from './gateway-fault.ts';
import type { Policy } from './policy.ts';
import type { Proposal } from './proposal.ts';
import { policiesOf } from './validation.ts';

export interface Endorsements {
  readonly result: Uint8Array;
  readonly endorsements: readonly peer.Endorsement[];
}

export interface PlanOptions {
  readonly local: ServedPeer;
  readonly peers: readonly EndorsingPeer[];
  readonly chaincodePolicy: Policy;
  /** Whom the client wants; empty: whoever the policies name. */
  readonly wanted: readonly string[];
}

/** Rejects with a GatewayFault. */
export async function gatherEndorsements(proposal: Proposal, options: PlanOptions): Promise<Endorsements> {
  const { local, wanted } = options;
  if (wanted.length > 0) return gatherFrom(proposal, peersOf(options, wanted), []);
  const first = await local.endorse(proposal);
  if (first.kind === 'failed') {
    const details = [wordsOf(local, first.message)];
    throw new GatewayFault(
      status.ABORTED,
      'failed to endorse transaction, see attached details for more info',
      details,
    );
  }
  if (!local.knowsOthers) throw noCombination('no peer combination can satisfy the endorsement policy');
  const policies = policiesOf(local.ledger.state, first.set, options.chaincodePolicy);
  const needed = new Set(policies.flatMap(({ orgs }) => orgs));
  const others = [...needed].filter((org) => org !== local.mspId);
  const agreed = needed.has(local.mspId) ? [first] : [];
  return gatherFrom(proposal, peersOf(options, others), agreed, first.result);
}

async function gatherFrom(
  proposal: Proposal,
  peers: readonly EndorsingPeer[],
  agreed: readonly Endorsed[],
  expected?: Uint8Array,
): Promise<Endorsements> {
  const endorsements = agreed.map(({ endorsement }) => endorsement);
  const details: NodeWords[] = [];
  let result = expected;
  const replies = await Promise.all(peers.map(async (asked) => ({ asked, reply: await asked.endorse(proposal) })));
  for (const { asked, reply } of replies) {
    if (reply.kind === 'failed') details.push(wordsOf(asked, reply.message));
    else if (result && Buffer.compare(result, reply.result) !== 0)
      details.push(wordsOf(asked, 'ProposalResponsePayloads do not match'));
    else {
      result = reply.result;
      endorsements.push(reply.endorsement);
    }
  }
  if (details.length > 0 || !result) {
    const message = 'failed to collect enough transaction endorsements, see attached details for more info';
    throw new GatewayFault(status.ABORTED, message, details);
  }
  return { result, endorsements };
}

function peersOf({ peers }: PlanOptions, orgs: readonly string[]): EndorsingPeer[] {
  const missing = orgs.filter((org) => !peers.some(({ mspId }) => mspId === org));
  if (missing.length > 0)
    throw new GatewayFault(status.UNAVAILABLE, `failed to find any endorsing peers for org(s): ${missing.join(', ')}`);
  return peers.filter(({ mspId }) => orgs.includes(mspId));
}

/** What discovery answers if it cannot name endorsers. */
export function noCombination(cause: string): GatewayFault {
  const words = 'no combination of peers can be derived which satisfy the endorsement policy';
  return new GatewayFault(status.FAILED_PRECONDITION, `${words}: ${cause}`);
}

export function wordsOf({ address, mspId }: EndorsingPeer, message: string): NodeWords {
  return { address, mspId, message };
}
