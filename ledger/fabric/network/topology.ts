// SPDX-License-Identifier: Apache-2.0
/** What a network consists of: every configuration file is made from this one description. All of it runs on one machine, on loopback. */

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
  readonly ordererMspId: string;
  readonly ordererDomain: string;
  readonly orderers: readonly OrdererPlace[];
  readonly orgs: readonly OrgPlace[];
  /** Whose endorsement the chaincode asks for, as a signature policy; without one the majority of the organisations. */
  readonly signaturePolicy?: string;
}

export const HOST = '127.0.0.1';
/** Where `up` puts the network: the orderer's three ports, then four of each organisation. */
export const PORTS = [6050, 9443, 8443, 7051, 7052, 8446, 9991, 7055, 7056, 8448, 9992] as const;

/** One raft orderer and two organisations. */
export function topologyOf(ports: readonly number[] = PORTS, signaturePolicy?: string): Topology {
  if (ports.length < PORTS.length) throw new RangeError(`a network needs ${PORTS.length} ports`);
  const at = (index: number): number => ports[index] ?? 0;
  const org = (mspId: string, domain: string, first: number): OrgPlace => ({
    mspId,
    domain,
    port: at(first),
    chaincodePort: at(first + 1),
    operationsPort: at(first + 2),
    serverPort: at(first + 3),
  });
  return {
    ...(signaturePolicy && { signaturePolicy }),
    channel: 'vitals',
    chaincode: 'lamplight',
    ordererMspId: 'OrdererMSP',
    ordererDomain: 'orderer.example',
    orderers: [{ name: 'orderer0', port: at(0), adminPort: at(1), operationsPort: at(2) }],
    orgs: [org('HospMSP', 'hosp.example', 3), org('RegMSP', 'reg.example', 7)],
  };
}
