// SPDX-License-Identifier: Apache-2.0
/** The service protos.Deliver of a peer: streams of blocks, whole or filtered. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { common, orderer, peer } from '@hyperledger/fabric-protos';
import { type CommittedBlock, filteredBlock } from './block.ts';
import type { ServedPeer } from './endorsing-peer.ts';
import type { Membership } from './membership.ts';

type Call = ServerDuplexStream<common.Envelope, peer.DeliverResponse>;

export interface DeliverNet {
  readonly channel: string;
  readonly members: Membership;
}

/** As grpc-js takes a service. Blocks with private data are not served: nobody of ours asks for them. */
export function deliverHandlers(local: ServedPeer, net: DeliverNet): peer.IDeliverServer {
  const whole = (block: CommittedBlock): peer.DeliverResponse => {
    const response = new peer.DeliverResponse();
    response.setBlock(block.whole);
    return response;
  };
  const filtered = (block: CommittedBlock): peer.DeliverResponse => {
    const response = new peer.DeliverResponse();
    response.setFilteredBlock(filteredBlock(net.channel, block));
    return response;
  };
  const serve = (form: (block: CommittedBlock) => peer.DeliverResponse) => (call: Call) => {
    call.once('data', (envelope: common.Envelope) => {
      local.streams.run(call, (signal) => deliver(call, envelope, form, { local, net, signal }));
    });
  };
  return { deliver: serve(whole), deliverFiltered: serve(filtered), deliverWithPrivateData: refuse };
}

async function deliver(
  call: Call,
  envelope: common.Envelope,
  form: (block: CommittedBlock) => peer.DeliverResponse,
  { local, net, signal }: { local: ServedPeer; net: DeliverNet; signal: AbortSignal },
): Promise<void> {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader() ?? new common.Header();
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()).getChannelId();
  const { Status } = common;
  if (channel !== net.channel) return end(call, Status.NOT_FOUND);
  const creator = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()).getCreator_asU8();
  const signed = { message: envelope.getPayload_asU8(), signature: envelope.getSignature_asU8(), creator };
  if (net.members.refusal(signed)) return end(call, Status.FORBIDDEN);
  const seek = orderer.SeekInfo.deserializeBinary(payload.getData_asU8());
  const start = seek.getStart()?.getSpecified()?.getNumber() ?? local.ledger.height;
  const stop = seek.getStop()?.getSpecified()?.getNumber() ?? Number.POSITIVE_INFINITY;
  for await (const block of local.ledger.blocksFrom(start, signal)) {
    call.write(form(block));
    if (block.number >= stop) return end(call, Status.SUCCESS);
  }
}

function refuse(call: Call): void {
  end(call, common.Status.NOT_IMPLEMENTED);
}

function end(call: Call, status: (typeof common.Status)[keyof typeof common.Status]): void {
  const response = new peer.DeliverResponse();
  response.setStatus(status);
  call.write(response);
  call.end();
}
