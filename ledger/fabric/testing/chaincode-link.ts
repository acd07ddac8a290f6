// SPDX-License-Identifier: Apache-2.0
/** A peer's line to its chaincode server: dialled as a peer dials a chaincode that runs as a service, one stream for all transactions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import type { ChaincodeRequests } from './chaincode-requests.ts';
import type { Proposal } from './proposal.ts';

const { Type } = peer.ChaincodeMessage;
const { ChaincodeMessage } = peer;

export interface ChaincodeResult {
  readonly response: peer.Response;
  readonly event: peer.ChaincodeEvent | undefined;
}

interface Running {
  readonly requests: ChaincodeRequests;
  readonly done: PromiseWithResolvers<ChaincodeResult>;
}

export interface ChaincodeLinkOptions {
  /** host:port of the server. */
  readonly address: string;
  /** As the package is called on the peer: label:hash. */
  readonly id: string;
  readonly executeTimeoutMs: number;
}

type Message = peer.ChaincodeMessage;

export class ChaincodeLink {
  readonly #options: ChaincodeLinkOptions;
  readonly #running = new Map<string, Running>();
  #client: peer.ChaincodeClient | undefined;
  #ready: PromiseWithResolvers<void> | undefined;
  #stream: ClientDuplexStream<Message, Message> | undefined;

  constructor(options: ChaincodeLinkOptions) {
    this.#options = options;
  }

  /** Resolves once the chaincode has registered; an Error in the words of a peer if nobody answers. Connected already: nothing to do. */
  async launch(): Promise<void> {
    this.#ready ??= this.#dial();
    await this.#ready.promise;
  }

  /** Runs one transaction. Rejects with an Error, in the words of a peer, if the chaincode gave no answer. */
  async execute(proposal: Proposal, requests: ChaincodeRequests): Promise<ChaincodeResult> {
    const { channel, txId, input, signed } = proposal;
    await this.launch();
    const running: Running = { requests, done: Promise.withResolvers() };
    this.#running.set(txId, running);
    const message = messageOf(Type.TRANSACTION, channel, txId, input);
    message.setProposal(signed);
    this.#stream?.write(message);
    const given = new AbortController();
    const late = sleep(this.#options.executeTimeoutMs, undefined, { signal: given.signal, ref: false }).then(
      () => Promise.reject(new Error('error sending: timeout expired while executing transaction')),
      () => running.done.promise,
    );
    try {
      return await Promise.race([running.done.promise, late]);
    } finally {
      this.#running.delete(txId);
      given.abort();
    }
  }

  close(): void {
    this.#stream?.cancel();
    this.#lost();
  }

  #dial(): PromiseWithResolvers<void> {
    const ready = Promise.withResolvers<void>();
    const client = new peer.ChaincodeClient(this.#options.address, credentials.createInsecure());
    const stream = client.connect();
    this.#client = client;
    this.#stream = stream;
    stream.on('data', (message: Message) => this.#receive(stream, message, ready));
    stream.on('error', () => this.#refused(stream, ready));
    stream.on('end', () => this.#refused(stream, ready));
    return ready;
  }

  #refused(stream: ClientDuplexStream<Message, Message>, ready: PromiseWithResolvers<void>): void {
    const { address, id } = this.#options;
    const dialled = `error cannot create connection for ${id}: error creating grpc connection to ${address}`;
    const cause = `failed to create new connection: connection error: desc = "transport: error while dialing: ${refusedAt(address)}"`;
    ready.reject(new Error(`could not launch chaincode ${id}: connection to ${id} failed: ${dialled}: ${cause}`));
    if (this.#stream === stream) this.#lost();
  }

  #lost(): void {
    this.#client?.close();
    this.#stream = undefined;
    this.#ready = undefined;
    for (const { done } of this.#running.values()) done.reject(new Error('error sending: chaincode stream terminated'));
  }

  #receive(stream: ClientDuplexStream<Message, Message>, message: Message, ready: PromiseWithResolvers<void>): void {
    switch (message.getType()) {
      case Type.REGISTER:
        stream.write(messageOf(Type.REGISTERED));
        stream.write(messageOf(Type.READY));
        ready.resolve();
        break;
      case Type.KEEPALIVE:
        break;
      case Type.COMPLETED:
      case Type.ERROR:
        this.#complete(message);
        break;
      default:
        stream.write(this.#answer(message));
    }
  }

  #complete(message: Message): void {
    const running = this.#running.get(message.getTxid());
    if (message.getType() === Type.ERROR) {
      const words = Buffer.from(message.getPayload_asU8()).toString();
      running?.done.reject(new Error(`transaction returned with failure: ${words}`));
    } else {
      running?.requests.finish();
      const response = peer.Response.deserializeBinary(message.getPayload_asU8());
      running?.done.resolve({ response, event: message.getChaincodeEvent() });
    }
  }

  #answer(message: Message): Message {
    const [channel, txId] = [message.getChannelId(), message.getTxid()];
    try {
      const running = this.#running.get(txId);
      if (!running) throw new Error('no ledger context');
      const payload = running.requests.answer(message.getType(), message.getPayload_asU8());
      return messageOf(Type.RESPONSE, channel, txId, payload);
    } catch (error) {
      // As on a peer: whatever goes wrong while it serves a request, the chaincode hears as the answer to that request.
      const words = error instanceof Error ? error.message : String(error);
      return messageOf(Type.ERROR, channel, txId, Buffer.from(words));
    }
  }
}

/** What the network says of an address at which nobody listens, in the words of Go. */
export function refusedAt(address: string): string {
  return `dial tcp ${address}: connect: connection refused`;
}

function messageOf(
  type: (typeof Type)[keyof typeof Type],
  channel = '',
  txId = '',
  payload: Uint8Array = new Uint8Array(),
): Message {
  const message = new ChaincodeMessage();
  message.setType(type);
  message.setChannelId(channel);
  message.setTxid(txId);
  message.setPayload(payload);
  return message;
}
