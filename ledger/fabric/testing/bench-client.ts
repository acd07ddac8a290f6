// SPDX-License-Identifier: Apache-2.0
/** The real client of Fabric, connected to a bed as a test wants it: for what a peer does with calls that our own client would never make. */
import { createHash, createPrivateKey } from 'node:crypto';
import { type CallOptions, Client, credentials } from '@grpc/grpc-js';
import { type Contract, connect, type Gateway, type Network, type Status } from '@hyperledger/fabric-gateway';
import { gateway as protos } from '@hyperledger/fabric-protos';
import type { FabricConnection } from '../connection.ts';
import { signLowS } from './low-s.ts';
import { serializedIdentity } from './membership.ts';

export interface BenchClient extends Disposable {
  readonly client: Client;
  readonly gateway: Gateway;
  readonly network: Network;
  readonly contract: Contract;
  /** Asks, as after a restart, what became of a transaction of which only the id is left. */
  statusOf(transactionId: string, options?: CallOptions): Promise<Status>;
}

/** Calls without a deadline of their own end after so long. */
const DEADLINE_MS = 20_000;

/** `sign`: in place of an honest signature of the message. */
export function benchClient(
  { endpoint, serverName, tlsRootPem, ...connection }: FabricConnection,
  sign = (message: Uint8Array): Uint8Array => signLowS(message, createPrivateKey(connection.privateKeyPem)),
): BenchClient {
  const named = serverName ? { 'grpc.ssl_target_name_override': serverName } : {};
  const client = new Client(endpoint, credentials.createSsl(Buffer.from(tlsRootPem)), named);
  const withDeadline = () => ({ deadline: Date.now() + DEADLINE_MS });
  const gateway = connect({
    client,
    identity: { mspId: connection.mspId, credentials: Buffer.from(connection.certificatePem) },
    hash: (message) => message,
    signer: async (message) => sign(message),
    evaluateOptions: withDeadline,
    endorseOptions: withDeadline,
    submitOptions: withDeadline,
    commitStatusOptions: withDeadline,
  });
  const network = gateway.getNetwork(connection.channel);
  const statusOf = (transactionId: string, options?: CallOptions): Promise<Status> => {
    const request = new protos.CommitStatusRequest();
    request.setChannelId(connection.channel);
    request.setTransactionId(transactionId);
    request.setIdentity(serializedIdentity(connection.mspId, connection.certificatePem));
    const signed = new protos.SignedCommitStatusRequest();
    signed.setRequest(request.serializeBinary());
    return gateway.newCommit(signed.serializeBinary()).getStatus(options);
  };
  const end = (): void => {
    gateway.close();
    client.close();
  };
  const contract = network.getContract(connection.chaincode);
  return { client, gateway, network, contract, statusOf, [Symbol.dispose]: end };
}

export const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
