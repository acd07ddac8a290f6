// SPDX-License-Identifier: Apache-2.0
/** The service gateway.Gateway of a peer: what fabric-gateway calls. Words and codes are those of Fabric 2.5. */
import {
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { gateway, type peer } from '@hyperledger/fabric-protos';
import { gatherEndorsements, noCombination, wordsOf } from './endorsement-plan.ts';
import type { EndorsingPeer, ServedPeer } from './endorsing-peer.ts';
import { GatewayFault, type NodeWords, serviceError } from './gateway-fault.ts';
import { type Membership, unsatisfied } from './membership.ts';
import type { Orderer } from './orderer.ts';
import type { Policy } from './policy.ts';
import { type Proposal, unpackProposal } from './proposal.ts';
import { prepareEnvelope } from './transaction.ts';

export interface ServiceNet {
  readonly channel: string;
  readonly chaincode: string;
  readonly chaincodePolicy: Policy;
  readonly members: Membership;
  readonly orderer: Orderer;
  readonly peers: readonly EndorsingPeer[];
}

export class GatewayService {
  readonly #local: ServedPeer;
  readonly #net: ServiceNet;

  constructor(local: ServedPeer, net: ServiceNet) {
    this.#local = local;
    this.#net = net;
  }

  /** As grpc-js takes a service. */
  handlers(): gateway.IGatewayServer {
    return {
      evaluate: unary((request) => this.#evaluate(request)),
      endorse: unary((request) => this.#endorse(request)),
      submit: unary((request) => this.#submit(request)),
      commitStatus: unary((request, signal) => this.#commitStatus(request, signal)),
      chaincodeEvents: (call) => this.#local.streams.run(call, (signal) => this.#chaincodeEvents(call, signal)),
    };
  }

  /** The own peer first; another one if that cannot answer at all. What the chaincode refuses, it refuses everywhere. */
  async #evaluate(request: gateway.EvaluateRequest): Promise<gateway.EvaluateResponse> {
    const proposal = this.#unpack(request.getProposedTransaction());
    const { channel, chaincode } = this.#net;
    if (proposal.channel !== channel) {
      const words = `failed to get config for channel [${proposal.channel}]: could not get last config for channel`;
      throw new GatewayFault(status.UNAVAILABLE, `${words} ${proposal.channel}`);
    }
    if (proposal.chaincode !== chaincode) {
      const words = `no peers available to evaluate chaincode ${proposal.chaincode} in channel ${channel}`;
      throw new GatewayFault(status.FAILED_PRECONDITION, words);
    }
    const targets = request.getTargetOrganizationsList();
    const isProtected = proposal.hasTransient && targets.length === 0;
    const wanted = isProtected ? [this.#local.mspId] : targets;
    const candidates = [this.#local, ...this.#net.peers.filter((other) => other !== this.#local)].filter(
      ({ mspId }) => wanted.length === 0 || wanted.includes(mspId),
    );
    const details: NodeWords[] = [];
    let code: status = status.UNAVAILABLE;
    for (const candidate of candidates) {
      const reply = await candidate.endorse(proposal);
      if (reply.kind === 'endorsed') {
        const response = new gateway.EvaluateResponse();
        response.setResult(reply.response);
        return response;
      }
      details.push(wordsOf(candidate, reply.message));
      code = reply.code;
      if (!reply.retry)
        throw new GatewayFault(code, `evaluate call to endorser returned error: ${reply.message}`, details);
    }
    throw new GatewayFault(code, 'failed to evaluate transaction, see attached details for more info', details);
  }

  async #endorse(request: gateway.EndorseRequest): Promise<gateway.EndorseResponse> {
    const proposal = this.#unpack(request.getProposedTransaction());
    const { peers, chaincodePolicy, channel, chaincode } = this.#net;
    if (proposal.channel !== channel || proposal.chaincode !== chaincode)
      throw noCombination(`No metadata was found for chaincode ${proposal.chaincode} in channel ${proposal.channel}`);
    const wanted = request.getEndorsingOrganizationsList();
    const plan = { local: this.#local, peers, chaincodePolicy, wanted };
    const { result, endorsements } = await gatherEndorsements(proposal, plan);
    const response = new gateway.EndorseResponse();
    response.setPreparedTransaction(prepareEnvelope(proposal, result, endorsements));
    return response;
  }

  async #submit(request: gateway.SubmitRequest): Promise<gateway.SubmitResponse> {
    const envelope = request.getPreparedTransaction();
    if (!envelope) throw new GatewayFault(status.INVALID_ARGUMENT, 'a prepared transaction is required');
    if (envelope.getSignature_asU8().length === 0)
      throw new GatewayFault(status.INVALID_ARGUMENT, 'prepared transaction must be signed');
    const answer = await this.#net.orderer.broadcast(envelope);
    this.#local.afterBroadcast();
    switch (answer.kind) {
      case 'accepted':
        return new gateway.SubmitResponse();
      case 'refused':
        throw new GatewayFault(status.ABORTED, `received unsuccessful response from orderer: ${answer.message}`);
      case 'failed': {
        const details = [{ address: this.#net.orderer.address, mspId: 'OrdererMSP', message: answer.message }];
        throw new GatewayFault(status.UNAVAILABLE, 'no orderers could successfully process transaction', details);
      }
    }
  }

  async #commitStatus(
    signed: gateway.SignedCommitStatusRequest,
    signal: AbortSignal,
  ): Promise<gateway.CommitStatusResponse> {
    const request = gateway.CommitStatusRequest.deserializeBinary(signed.getRequest_asU8());
    this.#authorize(signed, request.getIdentity_asU8(), request.getChannelId());
    const fate = await this.#local.ledger.fate(request.getTransactionId(), signal);
    const response = new gateway.CommitStatusResponse();
    response.setResult(fate.code);
    response.setBlockNumber(fate.block);
    return response;
  }

  async #chaincodeEvents(call: EventCall, signal: AbortSignal): Promise<void> {
    const request = gateway.ChaincodeEventsRequest.deserializeBinary(call.request.getRequest_asU8());
    this.#authorize(call.request, request.getIdentity_asU8(), request.getChannelId());
    const after = request.getAfterTransactionId();
    const start = request.getStartPosition()?.getSpecified()?.getNumber();
    const { ledger } = this.#local;
    const first = (after && ledger.blockOf(after)) || (start ?? ledger.height);
    let hasPassed = after === '';
    for await (const { number, transactions } of ledger.blocksFrom(first, signal)) {
      const response = new gateway.ChaincodeEventsResponse();
      response.setBlockNumber(number);
      for (const { txId, code, event } of transactions) {
        if (code === VALID && event && hasPassed && event.getChaincodeId() === request.getChaincodeId())
          response.addEvents(event);
        hasPassed ||= txId === after;
      }
      if (response.getEventsList().length > 0) call.write(response);
    }
  }

  #unpack(signed: peer.SignedProposal | undefined): Proposal {
    if (!signed)
      throw new GatewayFault(status.INVALID_ARGUMENT, 'the proposed transaction must contain a signed proposal');
    return unpackProposal(signed);
  }

  #authorize(signed: SignedRequest, creator: Uint8Array, channel: string): void {
    const { members, channel: ours } = this.#net;
    if (channel !== ours)
      throw new GatewayFault(status.PERMISSION_DENIED, `Failed to get policy manager for channel [${channel}]`);
    const message = { message: signed.getRequest_asU8(), signature: signed.getSignature_asU8(), creator };
    if (!members.refusal(message)) return;
    const check = `check policy on channel [${channel}] with policy [/Channel/Application/Readers]`;
    const words = `Failed evaluating policy on signed data during ${check}: [${unsatisfied('Readers')}]`;
    throw new GatewayFault(status.PERMISSION_DENIED, words);
  }
}

interface SignedRequest {
  getRequest_asU8(): Uint8Array;
  getSignature_asU8(): Uint8Array;
}
type EventCall = ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>;

/** TxValidationCode VALID. */
const VALID = 0;

function unary<Request, Response>(
  serve: (request: Request, signal: AbortSignal) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    serve(call.request, gone.signal).then(
      (response) => callback(null, response),
      (error: unknown) => callback(serviceError(error)),
    );
  };
}
