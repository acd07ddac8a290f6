// SPDX-License-Identifier: Apache-2.0
/** An endorsed transaction in its envelope: put together for the client to sign, and taken apart again by whoever orders or validates it. */
import { common, peer } from '@hyperledger/fabric-protos';
import type { Signed } from './membership.ts';
import type { Proposal } from './proposal.ts';
import { decodeReadWriteSet, type ReadWriteSet } from './read-write-set.ts';

export interface Transaction extends Signed {
  readonly txId: string;
  readonly nonce: Uint8Array;
  readonly time: ReturnType<common.ChannelHeader['getTimestamp']>;
  readonly set: ReadWriteSet;
  readonly event: peer.ChaincodeEvent | undefined;
  /** What each endorser signed over the result. */
  readonly endorsements: readonly Signed[];
}

export function prepareEnvelope(
  { header, publicPayload }: Proposal,
  result: Uint8Array,
  endorsements: readonly peer.Endorsement[],
): common.Envelope {
  const action = new peer.ChaincodeEndorsedAction();
  action.setProposalResponsePayload(result);
  action.setEndorsementsList([...endorsements]);
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(publicPayload);
  actionPayload.setAction(action);
  const transaction = new peer.Transaction();
  const part = transaction.addActions();
  part.setHeader(header.getSignatureHeader());
  part.setPayload(actionPayload.serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  return envelope;
}

export function unpackTransaction(envelope: common.Envelope): Transaction {
  const message = envelope.getPayload_asU8();
  const payload = common.Payload.deserializeBinary(message);
  const header = payload.getHeader();
  const channelHeader = common.ChannelHeader.deserializeBinary(header?.getChannelHeader_asU8() ?? new Uint8Array());
  const signatureHeader = common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  );
  const [part] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(part?.getPayload_asU8() ?? new Uint8Array());
  const action = actionPayload.getAction();
  const result = action?.getProposalResponsePayload_asU8() ?? new Uint8Array();
  const { set, event } = outcomeOf(result);
  return {
    message,
    signature: envelope.getSignature_asU8(),
    creator: signatureHeader.getCreator_asU8(),
    txId: channelHeader.getTxId(),
    nonce: signatureHeader.getNonce_asU8(),
    time: channelHeader.getTimestamp(),
    set,
    event,
    endorsements: (action?.getEndorsementsList() ?? []).map((endorsement) => ({
      message: Buffer.concat([result, endorsement.getEndorser_asU8()]),
      creator: endorsement.getEndorser_asU8(),
      signature: endorsement.getSignature_asU8(),
    })),
  };
}

function outcomeOf(result: Uint8Array): Pick<Transaction, 'set' | 'event'> {
  const extension = peer.ProposalResponsePayload.deserializeBinary(result).getExtension_asU8();
  const action = peer.ChaincodeAction.deserializeBinary(extension);
  const event = action.getEvents_asU8();
  return {
    set: decodeReadWriteSet(action.getResults_asU8()),
    event: event.length > 0 ? peer.ChaincodeEvent.deserializeBinary(event) : undefined,
  };
}
