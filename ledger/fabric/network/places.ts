// SPDX-License-Identifier: Apache-2.0
/** Where things lie in the folder of a network. The names below `crypto` are those that cryptogen gives. */
import { join } from 'node:path';
import type { OrdererPlace, OrgPlace, Topology } from './topology.ts';

export class Places {
  readonly dir: string;
  readonly #topology: Topology;

  /** `dir` must be absolute: the programs run elsewhere. */
  constructor(dir: string, topology: Topology) {
    this.dir = dir;
    this.#topology = topology;
  }

  in(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }
  get block(): string {
    return this.in(`${this.#topology.channel}.block`);
  }

  get ordererOrg(): string {
    return this.in('crypto', 'ordererOrganizations', this.#topology.ordererDomain);
  }
  get ordererTlsRoot(): string {
    const { ordererDomain } = this.#topology;
    return join(this.ordererOrg, 'tlsca', `tlsca.${ordererDomain}-cert.pem`);
  }
  /** Holds `msp` and `tls` of one orderer. */
  orderer({ name }: OrdererPlace): string {
    return join(this.ordererOrg, 'orderers', `${name}.${this.#topology.ordererDomain}`);
  }
  /** The certificate under which an orderer signs blocks. */
  ordererIdentity(orderer: OrdererPlace): string {
    const name = `${orderer.name}.${this.#topology.ordererDomain}`;
    return join(this.orderer(orderer), 'msp', 'signcerts', `${name}-cert.pem`);
  }

  org({ domain }: OrgPlace): string {
    return this.in('crypto', 'peerOrganizations', domain);
  }
  peer(org: OrgPlace): string {
    return join(this.org(org), 'peers', `peer0.${org.domain}`);
  }
  adminMsp(org: OrgPlace): string {
    return join(this.org(org), 'users', `Admin@${org.domain}`, 'msp');
  }
  tlsRoot(org: OrgPlace): string {
    return join(this.org(org), 'tlsca', `tlsca.${org.domain}-cert.pem`);
  }
  /** Certificate and private key of the authority that issues to people and gateways. */
  authority(org: OrgPlace): readonly [certificate: string, privateKey: string] {
    const folder = join(this.org(org), 'ca');
    return [join(folder, `ca.${org.domain}-cert.pem`), join(folder, 'priv_sk')];
  }
  /** What the chaincode server of an organisation is started with, and the package that its peer installs. */
  chaincode({ mspId }: OrgPlace): string {
    return this.in('chaincode', mspId);
  }
  package(org: OrgPlace): string {
    return join(this.chaincode(org), 'package.tgz');
  }
}
