// SPDX-License-Identifier: Apache-2.0
/** A signed proposal of a client, taken apart, and what a peer checks of it before it runs any chaincode. */
import { common, peer } from '@hyperledger/fabric-protos';
import type { Membership } from './membership.ts';
import { hashOf } from './simulation.ts';

export interface Proposal {
  readonly signed: peer.SignedProposal;
  readonly header: common.Header;
  readonly channel: string;
  readonly txId: string;
  readonly creator: Uint8Array;
  readonly nonce: Uint8Array;
  readonly chaincode: string;
  /** Function and arguments, as the chaincode gets them. */
  readonly input: Uint8Array;
  /** The payload without the transient fields: what may stand in a block. */
  readonly publicPayload: Uint8Array;
  readonly hasTransient: boolean;
}

export function unpackProposal(signed: peer.SignedProposal): Proposal {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const signatureHeader = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec();
  const withoutTransient = new peer.ChaincodeProposalPayload();
  withoutTransient.setInput(payload.getInput());
  return {
    signed,
    header,
    channel: channelHeader.getChannelId(),
    txId: channelHeader.getTxId(),
    creator: signatureHeader.getCreator_asU8(),
    nonce: signatureHeader.getNonce_asU8(),
    chaincode: spec?.getChaincodeId()?.getName() ?? '',
    input: spec?.getInput()?.serializeBinary() ?? new Uint8Array(),
    publicPayload: withoutTransient.serializeBinary(),
    hasTransient: payload.getTransientmapMap().getLength() > 0,
  };
}

/** Nothing, or why a peer will not look at it, in the peer's words. */
export function proposalRefusal(proposal: Proposal, members: Membership): string | undefined {
  const { txId, nonce, creator, signed } = proposal;
  const expected = transactionId(nonce, creator);
  const fault =
    txId === expected
      ? members.refusal({ message: signed.getProposalBytes_asU8(), signature: signed.getSignature_asU8(), creator })
      : `incorrectly computed txid '${txId}' -- expected '${expected}'`;
  return fault && `error validating proposal: ${fault}`;
}

export function transactionId(nonce: Uint8Array, creator: Uint8Array): string {
  return hashOf(Buffer.concat([nonce, creator])).toString('hex');
}

/** What endorsers sign to say which proposal they ran. */
export function proposalHash({ header, publicPayload }: Proposal): Uint8Array {
  return hashOf(Buffer.concat([header.getChannelHeader_asU8(), header.getSignatureHeader_asU8(), publicPayload]));
}
