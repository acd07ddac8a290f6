// SPDX-License-Identifier: Apache-2.0
/**
 * The bench peer: a Fabric network of two organisations in one process, for tests. The real client speaks to it over TLS, it speaks to
 * the real chaincode servers, and it fails by command. It has no raft, no gossip, no policies of a channel, no disk: where it and the
 * real programs differ, it is the bench peer that is wrong.
 *
 * Compared on 2026-11-21 with Fabric 2.5.16 (one raft orderer, two peers, the toy chaincode): 149 calls of the real client, each by
 * result or by error name, gRPC code, words and what each node said. State, ranges, history, private data, owners of keys, conflicts,
 * duplicates, events, blocks and their hashes, refusals, and dead or frozen nodes are the same. Known to differ: peers here commit at the
 * same moment unless a test holds one back; a client's own deadline may reach it from a real peer as 1 CANCELLED instead of 4; and a frozen
 * orderer whose keepalive fails first ends the submit with other words (code 14 as well). One that a real peer had to dial anew never got
 * the envelope: that is `lose`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../test/support/free-port.ts';
import type { FabricConnection } from '../connection.ts';
import type { BedFaults, BedOrg, BedRole, FabricBed } from './bed.ts';
import { BenchPeer } from './bench-peer.ts';
import { ChaincodeProcess } from './chaincode-process.ts';
import { Membership } from './membership.ts';
import { Orderer } from './orderer.ts';
import { allOf } from './policy.ts';
import type { PrivateValues } from './simulation.ts';
import { type Authority, createAuthority, issue } from './x509.ts';

const ORGS = ['HospMSP', 'RegMSP'] as const satisfies readonly BedOrg[];
const CHANNEL = 'vitals';
const CHAINCODE = 'lamplight';
/** Both organisations are members of it. */
const COLLECTION = 'sealed';
/** A chaincode server must have registered after so long. */
const CHAINCODE_START_MS_MAX = 20_000;
const CHAINCODE_RETRY_MS = 50;

export interface BenchNetworkOptions {
  /** The chaincode server that runs beside each peer, with --address and --id. */
  readonly program: URL;
  /** By organisation, where theirs differ. */
  readonly programs?: Partial<Record<BedOrg, URL>>;
  /** A block is cut so long after its first transaction; a real network takes 500. */
  readonly blockTimeoutMs?: number;
  readonly blockTransactionsMax?: number;
  /** How long a peer waits for the orderer; 30,000 on a real one. */
  readonly broadcastTimeoutMs?: number;
  /** How long a peer waits for the chaincode; 30,000 on a real one. */
  readonly executeTimeoutMs?: number;
  readonly nowMs?: () => number;
}

/** Faults that only the bench peer has. */
export interface BenchFaults extends BedFaults {
  stopOrderer(): Promise<void>;
  startOrderer(): Promise<void>;
  /** A peer gets no blocks while it is behind; it goes on answering from what it has. */
  behind(org: BedOrg, is: 'behind' | 'level'): Promise<void>;
  /** `down`: the peer has not heard of the others, as when it has just started. */
  discovery(org: BedOrg, is: 'down' | 'up'): Promise<void>;
  /** The next transaction through the peer of `org` is ordered, but the client's connection breaks before it hears so. */
  cutAfterBroadcast(org: BedOrg): Promise<void>;
  /** What the next transaction has read, somebody else writes before it. */
  mvccConflict(): Promise<void>;
  /** The next envelope is lost on the way to the orderer: the same error as of a frozen one, and nothing is committed. */
  lose(): Promise<void>;
  /** The next envelope is ordered twice. */
  duplicate(): Promise<void>;
  /** The next block comes so much later. */
  slowBlock(byMs: number): Promise<void>;
  /** Ends the event streams of a peer. */
  cutEvents(org: BedOrg): Promise<void>;
}

export class BenchNetwork implements FabricBed {
  readonly faults: BenchFaults;
  readonly #authorities: ReadonlyMap<BedOrg, Authority>;
  readonly #peers: readonly BenchPeer[];
  readonly #chaincodes: ReadonlyMap<BedOrg, ChaincodeProcess>;
  readonly #orderer: Orderer;
  readonly #options: BenchNetworkOptions;

  private constructor(options: BenchNetworkOptions, parts: Parts) {
    this.#options = options;
    this.#authorities = parts.authorities;
    this.#peers = parts.peers;
    this.#chaincodes = parts.chaincodes;
    this.#orderer = parts.orderer;
    this.faults = this.#makeFaults();
  }

  static async start(options: BenchNetworkOptions): Promise<BenchNetwork> {
    const network = new BenchNetwork(options, await makeParts(options));
    await Promise.all(ORGS.map((org) => network.faults.startChaincode(org)));
    return network;
  }

  async connection(org: BedOrg, role: BedRole): Promise<FabricConnection> {
    const attributes = { ...role };
    const subject = { commonName: `${role.role}.${hostOf(org)}`, unit: 'client', attributes };
    const authority = this.#authorityOf(org);
    return {
      endpoint: this.peer(org).address,
      serverName: `peer.${hostOf(org)}`,
      tlsRootPem: authority.certificatePem,
      mspId: org,
      ...issue(authority, subject, this.#nowMs()),
      channel: CHANNEL,
      chaincode: CHAINCODE,
    };
  }

  /** For tests that look at the state of an organisation. */
  peer(org: BedOrg): BenchPeer {
    return this.#peers.find(({ mspId }) => mspId === org)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#orderer.close();
    for (const one of this.#peers) await one[Symbol.asyncDispose]();
    for (const chaincode of this.#chaincodes.values()) await chaincode.kill();
  }

  #makeFaults(): BenchFaults {
    const orderer = this.#orderer;
    return {
      freezeOrderer: async (forMs) => orderer.freeze(forMs),
      stopOrderer: async () => orderer.stop(),
      startOrderer: async () => orderer.start(),
      mvccConflict: async () => orderer.rivalNext(),
      lose: async () => orderer.loseNext(),
      duplicate: async () => orderer.duplicateNext(),
      slowBlock: async (byMs) => orderer.slowNextBlock(byMs),
      killPeer: (org) => this.peer(org).kill(),
      startPeer: (org) => this.peer(org).restart(),
      killChaincode: async (org) => this.#chaincodes.get(org)?.kill(),
      startChaincode: (org) => this.#startChaincode(org),
      behind: async (org, is) => {
        this.peer(org).isBehind = is === 'behind';
        this.peer(org).catchUp();
      },
      discovery: async (org, is) => {
        this.peer(org).knowsOthers = is === 'up';
      },
      cutAfterBroadcast: async (org) => this.peer(org).cutAfterNextBroadcast(),
      cutEvents: async (org) => this.peer(org).streams.cut(),
      network: async (is) => {
        for (const one of this.#peers) await (is === 'down' ? one.closeDoor() : one.openDoor());
      },
    };
  }

  async #startChaincode(org: BedOrg): Promise<void> {
    const chaincode = this.#chaincodes.get(org)!;
    chaincode.start();
    const deadline = performance.now() + CHAINCODE_START_MS_MAX;
    for (;;) {
      try {
        return await this.peer(org).link.launch();
      } catch (error) {
        // It does not listen yet, which is what we wait for; unless it has died, or takes too long.
        if (!chaincode.isRunning || performance.now() > deadline)
          throw new Error(`the chaincode of ${org} does not start: ${chaincode.output}`, { cause: error });
        await sleep(CHAINCODE_RETRY_MS);
      }
    }
  }

  #authorityOf(org: BedOrg): Authority {
    return this.#authorities.get(org)!;
  }
  #nowMs(): number {
    return this.#options.nowMs?.() ?? Date.now();
  }
}

interface Parts {
  readonly authorities: ReadonlyMap<BedOrg, Authority>;
  readonly peers: readonly BenchPeer[];
  readonly chaincodes: ReadonlyMap<BedOrg, ChaincodeProcess>;
  readonly orderer: Orderer;
}

async function makeParts(options: BenchNetworkOptions): Promise<Parts> {
  const nowMs = options.nowMs ?? Date.now;
  const authorities = new Map(ORGS.map((org) => [org, createAuthority(`ca.${hostOf(org)}`, nowMs())]));
  const pems = new Map([...authorities].map(([org, { certificatePem }]) => [org as string, certificatePem]));
  const members = new Membership(pems, CHANNEL, nowMs);
  const peers: BenchPeer[] = [];
  const orderer = new Orderer({
    address: `127.0.0.1:${await freePort()}`,
    members,
    blockTimeoutMs: options.blockTimeoutMs ?? 20,
    blockTransactionsMax: options.blockTransactionsMax ?? 500,
    broadcastTimeoutMs: options.broadcastTimeoutMs ?? 300,
    deliver: () => {
      for (const one of peers) one.catchUp();
    },
  });
  const chaincodePolicy = allOf(ORGS);
  const net = { channel: CHANNEL, chaincode: CHAINCODE, chaincodePolicy, members, orderer, peers };
  const transient = new Map<string, PrivateValues>();
  const chaincodes = new Map<BedOrg, ChaincodeProcess>();
  for (const [org, authority] of authorities) {
    const program = options.programs?.[org] ?? options.program;
    const chaincode = new ChaincodeProcess(
      program,
      `127.0.0.1:${await freePort()}`,
      `${CHAINCODE}_1:${org.toLowerCase()}`,
    );
    chaincodes.set(org, chaincode);
    const subject = { commonName: `peer.${hostOf(org)}`, unit: 'peer', hosts: [`peer.${hostOf(org)}`, 'localhost'] };
    const started = await BenchPeer.start({
      mspId: org,
      credential: issue(authority, subject, nowMs()),
      net,
      ledger: { members, chaincodePolicy, transient, collections: new Set([COLLECTION]) },
      link: { address: chaincode.address, id: chaincode.id, executeTimeoutMs: options.executeTimeoutMs ?? 30_000 },
      distribute: (txId, values) => transient.set(txId, values),
    });
    peers.push(started);
  }
  return { authorities, peers, chaincodes, orderer };
}

function hostOf(org: BedOrg): string {
  return `${org.replace('MSP', '').toLowerCase()}.example`;
}
