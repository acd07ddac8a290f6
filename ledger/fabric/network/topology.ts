// SPDX-License-Identifier: Apache-2.0
/** What a network consists of: every configuration file is made from this one description. All of it runs on one machine, on loopback. */

/** How the orderers agree: `raft` survives crashes, `bft` (SmartBFT, of Fabric 3.1) a liar among four as well. */
export type Orderers = 'raft' | 'bft';

export interface OrdererPlace {
  readonly name: string;
  readonly port: number;
  readonly adminPort: number;
  readonly operationsPort: number;
}

/** An organisation with one peer and the chaincode server that the peer dials. */
export interface OrgPlace {
  readonly mspId: string;
  readonly domain: string;
  readonly port: number;
  /** For chaincode that dials the peer: ours does not, but a peer insists on listening. */
  readonly chaincodePort: number;
  readonly operationsPort: number;
  readonly serverPort: number;
}

export interface Topology {
  readonly channel: string;
  readonly chaincode: string;
  readonly ordering: Orderers;
  readonly ordererMspId: string;
  readonly ordererDomain: string;
  readonly orderers: readonly OrdererPlace[];
  readonly orgs: readonly OrgPlace[];
  /** Whose endorsement the chaincode asks for, as a signature policy; without one the majority of the organisations. */
  readonly signaturePolicy?: string;
}

export const HOST = '127.0.0.1';
const RAFT_PORTS = [6050, 9443, 8443, 7051, 7052, 8446, 9991, 7055, 7056, 8448, 9992] as const;
/** Where `up` puts the network: the first orderer's three ports, four of each organisation, then three of each further orderer. */
export const PORTS = {
  raft: RAFT_PORTS,
  bft: [...RAFT_PORTS, 6051, 9444, 8453, 6052, 9445, 8454, 6053, 9446, 8455],
} as const satisfies Record<Orderers, readonly number[]>;
/** Of each orderer its first port: one raft orderer, or the four of which one may lie. */
const FIRST_PORTS = { raft: [0], bft: [0, 11, 14, 17] } as const satisfies Record<Orderers, readonly number[]>;

export interface TopologyChoice {
  /** Default: one raft orderer. */
  readonly ordering?: Orderers | undefined;
  /** Default: PORTS. */
  readonly ports?: readonly number[] | undefined;
  /** As `Topology` has it. */
  readonly signaturePolicy?: string | undefined;
}

/** One raft orderer or four of SmartBFT, and two organisations. */
export function topologyOf(choice: TopologyChoice = {}): Topology {
  const { ordering = 'raft', ports = PORTS[ordering], signaturePolicy } = choice;
  const wanted = PORTS[ordering].length;
  if (ports.length < wanted) throw new RangeError(`a network needs ${wanted} ports`);
  const at = (index: number): number => ports[index] ?? 0;
  const org = (mspId: string, domain: string, first: number): OrgPlace => ({
    mspId,
    domain,
    port: at(first),
    chaincodePort: at(first + 1),
    operationsPort: at(first + 2),
    serverPort: at(first + 3),
  });
  const orderer = (first: number, index: number): OrdererPlace => ({
    name: `orderer${index}`,
    port: at(first),
    adminPort: at(first + 1),
    operationsPort: at(first + 2),
  });
  return {
    ...(signaturePolicy && { signaturePolicy }),
    channel: 'vitals',
    chaincode: 'lamplight',
    ordering,
    ordererMspId: 'OrdererMSP',
    ordererDomain: 'orderer.example',
    orderers: FIRST_PORTS[ordering].map(orderer),
    orgs: [org('HospMSP', 'hosp.example', 3), org('RegMSP', 'reg.example', 7)],
  };
}
