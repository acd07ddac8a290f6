// SPDX-License-Identifier: Apache-2.0
/** One organisation's peer of the bench network: its gRPC server behind a door, its ledger, and the line to its chaincode. */
import { promisify } from 'node:util';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { gateway, peer } from '@hyperledger/fabric-protos';
import { ChaincodeLink, type ChaincodeLinkOptions } from './chaincode-link.ts';
import { deliverHandlers } from './deliver-service.ts';
import { Door } from './door.ts';
import { type Endorsed, Endorser, type NotEndorsed } from './endorser.ts';
import type { ServedPeer } from './endorsing-peer.ts';
import { EventStreams } from './event-streams.ts';
import { GatewayService, type ServiceNet } from './gateway-service.ts';
import { Ledger, type LedgerOptions } from './ledger.ts';
import { unreachable } from './orderer.ts';
import type { Proposal } from './proposal.ts';
import type { PrivateValues } from './simulation.ts';
import type { Credential } from './x509.ts';

export interface BenchPeerOptions {
  readonly mspId: string;
  /** By which it signs, and its server's TLS. */
  readonly credential: Credential;
  readonly net: ServiceNet;
  readonly ledger: LedgerOptions;
  readonly link: ChaincodeLinkOptions;
  readonly distribute: (txId: string, values: PrivateValues) => void;
}

export class BenchPeer implements ServedPeer, AsyncDisposable {
  readonly mspId: string;
  readonly ledger: Ledger;
  readonly link: ChaincodeLink;
  readonly streams = new EventStreams();
  readonly #net: ServiceNet;
  readonly #endorser: Endorser;
  readonly #server: Server;
  readonly #door: Door;
  /** Whether it has heard of the other peers; one that just started has not. */
  knowsOthers = true;
  /** Whether it gets no blocks for now, though it answers: peers do not commit at the same moment. */
  isBehind = false;
  #isAlive = true;
  #cuts = 0;

  private constructor(options: BenchPeerOptions, server: Server, door: Door) {
    this.mspId = options.mspId;
    this.ledger = new Ledger(options.ledger);
    this.link = new ChaincodeLink(options.link);
    this.#net = options.net;
    this.#endorser = new Endorser({ ...options, members: options.net.members, ledger: this.ledger, link: this.link });
    this.#server = server;
    this.#door = door;
  }

  static async start(options: BenchPeerOptions): Promise<BenchPeer> {
    const server = new Server();
    const pair = {
      private_key: Buffer.from(options.credential.privateKeyPem),
      cert_chain: Buffer.from(options.credential.certificatePem),
    };
    const bind = promisify(server.bindAsync.bind(server));
    const port = await bind('127.0.0.1:0', ServerCredentials.createSsl(null, [pair]));
    const started = new BenchPeer(options, server, new Door(port));
    server.addService(gateway.GatewayService, { ...new GatewayService(started, options.net).handlers() });
    server.addService(peer.DeliverService, { ...deliverHandlers(started, options.net) });
    await started.openDoor();
    return started;
  }

  get address(): string {
    return this.#door.address;
  }

  async endorse(proposal: Proposal): Promise<Endorsed | NotEndorsed> {
    if (this.#isAlive) return this.#endorser.endorse(proposal);
    return { kind: 'failed', code: status.UNAVAILABLE, message: unreachable(this.address), retry: true };
  }

  openDoor(): Promise<void> {
    return this.#door.open();
  }
  /** Clients find nobody; the peer itself goes on. */
  closeDoor(): Promise<void> {
    return this.#door.close();
  }

  async kill(): Promise<void> {
    this.#isAlive = false;
    this.link.close();
    await this.closeDoor();
  }

  async restart(): Promise<void> {
    this.#isAlive = true;
    this.catchUp();
    await this.openDoor();
  }

  /** Commits the blocks that it does not yet have, unless it is dead or behind. */
  catchUp(): void {
    if (!this.#isAlive || this.isBehind) return;
    for (const block of this.#net.orderer.blocksFrom(this.ledger.height)) this.ledger.commit(block);
  }

  /** The next transaction is ordered, and its client's connection cut before it hears so. */
  cutAfterNextBroadcast(): void {
    this.#cuts += 1;
  }
  afterBroadcast(): void {
    if (this.#cuts === 0) return;
    this.#cuts -= 1;
    this.#door.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#server.forceShutdown();
  }
}
