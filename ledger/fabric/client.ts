// SPDX-License-Identifier: Apache-2.0
/**
 * The client of Fabric behind the port: one gRPC channel to the gateway service of our organisation's peer. Every call has a deadline, for
 * the client knows none of its own. Transactions are signed here, so that the outbox can keep the signed bytes before they leave.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { type Contract, connect, type Gateway, hash, type Network } from '@hyperledger/fabric-gateway';
import { msp, gateway as protos } from '@hyperledger/fabric-protos';
import type { Reply } from '../contract/host.ts';
import type { ReadName } from '../contract/reads.ts';
import type { FabricConnection } from './connection.ts';
import { FabricError } from './errors.ts';
import type { EventPosition } from './event-store.ts';
import type { EventSource, ReceivedEvent } from './events.ts';
import { signP256 } from './p256-signer.ts';
import type { Endorsed, FabricPort } from './port.ts';
import { decodeReply, READ, SEALED, SUBMIT } from './wire.ts';

/** How long each call may take. That of a status is for the caller to say. */
const DEADLINES_MS = {
  evaluate: 5_000,
  endorse: 15_000,
  /** Above the 30 s that a peer waits for an orderer, so that it is the peer who says what happened. */
  submit: 35_000,
};
/** Peers refuse pings that come more often than once a minute. */
const KEEPALIVE_MS = 120_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** The default of gRPC is two minutes: too long for a peer that is back. */
const RECONNECT_MS_MAX = 5_000;
const RECONNECT_MS_MIN = 200;

/** The channel is dialled with the first call, and again whenever it is lost. */
export function openFabricClient(connection: FabricConnection, deadlinesMs = DEADLINES_MS): FabricClient {
  const { endpoint, serverName, tlsRootPem } = connection;
  const grpc = new Client(endpoint, credentials.createSsl(Buffer.from(tlsRootPem)), {
    ...(serverName && { 'grpc.ssl_target_name_override': serverName }),
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.initial_reconnect_backoff_ms': RECONNECT_MS_MIN,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS_MAX,
  });
  return new FabricClient(connection, grpc, createPrivateKey(connection.privateKeyPem), deadlinesMs);
}

export class FabricClient implements FabricPort, EventSource {
  readonly #connection: FabricConnection;
  readonly #grpc: Client;
  readonly #key: KeyObject;
  readonly #gateway: Gateway;
  readonly #network: Network;
  readonly #contract: Contract;
  /** Breaks off a call each: at the end they would otherwise keep us for as long as their deadlines are. */
  readonly #underWay = new Set<(reason: FabricError) => void>();

  constructor(connection: FabricConnection, grpc: Client, key: KeyObject, deadlinesMs: typeof DEADLINES_MS) {
    this.#connection = connection;
    this.#grpc = grpc;
    this.#key = key;
    this.#gateway = connect({
      client: grpc,
      identity: { mspId: connection.mspId, credentials: Buffer.from(connection.certificatePem) },
      // `hash.none` hands us the message itself: node:crypto hashes as it signs.
      hash: hash.none,
      signer: async (message) => signP256(message, key),
      evaluateOptions: () => within(deadlinesMs.evaluate),
      endorseOptions: () => within(deadlinesMs.endorse),
      submitOptions: () => within(deadlinesMs.submit),
    });
    this.#network = this.#gateway.getNetwork(connection.channel);
    this.#contract = this.#network.getContract(connection.chaincode);
  }

  async endorse(command: Uint8Array, sealed?: Uint8Array): Promise<Endorsed> {
    const transientData = sealed && { [SEALED]: sealed };
    const proposal = this.#contract.newProposal(SUBMIT, {
      arguments: [command],
      ...(transientData && { transientData }),
    });
    const transaction = await this.#orClosed(proposal.endorse());
    const signature = signP256(transaction.getDigest(), this.#key);
    const signed = this.#gateway.newSignedTransaction(transaction.getBytes(), signature);
    return {
      txId: transaction.getTransactionId(),
      envelope: signed.getBytes(),
      reply: decodeReply(transaction.getResult()),
    };
  }

  async submit(envelope: Uint8Array): Promise<void> {
    await this.#orClosed(this.#gateway.newTransaction(envelope).submit());
  }

  async status(txId: string, deadlineMs: number): Promise<number> {
    const commit = this.#gateway.newCommit(this.#statusRequest(txId));
    const { code } = await this.#orClosed(commit.getStatus(within(deadlineMs)));
    return code;
  }

  async judge(command: Uint8Array): Promise<Reply> {
    return decodeReply(await this.#orClosed(this.#contract.evaluate(SUBMIT, { arguments: [command] })));
  }

  async read(name: ReadName, args: Uint8Array): Promise<Uint8Array> {
    return this.#orClosed(this.#contract.evaluate(READ, { arguments: [name, args] }));
  }

  /** Events after a position, from the first block on without one. Ends or throws when the stream is lost. */
  async *eventsAfter(position: EventPosition | undefined, signal: AbortSignal): AsyncGenerator<ReceivedEvent> {
    const checkpoint = {
      getBlockNumber: () => position?.block,
      getTransactionId: () => position?.txId,
    };
    const stream = await this.#network.getChaincodeEvents(this.#connection.chaincode, { startBlock: 0n, checkpoint });
    const close = () => stream.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      for await (const { blockNumber, transactionId, payload } of stream)
        yield { position: { block: blockNumber, txId: transactionId }, payload };
    } finally {
      signal.removeEventListener('abort', close);
      stream.close();
    }
  }

  /** Calls that are under way reject with FABRIC_CLOSED. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const breakOff of this.#underWay) breakOff(new FabricError('FABRIC_CLOSED'));
    this.#gateway.close();
    this.#grpc.close();
  }

  async #orClosed<T>(answer: Promise<T>): Promise<T> {
    const call = Promise.withResolvers<T>();
    answer.then(call.resolve, call.reject);
    this.#underWay.add(call.reject);
    try {
      return await call.promise;
    } finally {
      this.#underWay.delete(call.reject);
    }
  }

  /** The client makes one only for what it has just submitted; after a restart the transaction id is all that there is. */
  #statusRequest(txId: string): Uint8Array {
    const request = new protos.CommitStatusRequest();
    request.setTransactionId(txId);
    request.setChannelId(this.#connection.channel);
    request.setIdentity(this.#creator());
    const signed = new protos.SignedCommitStatusRequest();
    signed.setRequest(request.serializeBinary());
    return signed.serializeBinary();
  }

  #creator(): Uint8Array {
    const identity = new msp.SerializedIdentity();
    identity.setMspid(this.#connection.mspId);
    identity.setIdBytes(Buffer.from(this.#connection.certificatePem));
    return identity.serializeBinary();
  }
}

/** gRPC counts by the clock of the machine, not by one that is handed in. */
function within(deadlineMs: number): { deadline: number } {
  return { deadline: Date.now() + deadlineMs };
}
