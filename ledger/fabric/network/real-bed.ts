// SPDX-License-Identifier: Apache-2.0
/** A network of the real programs as a bed for the suites: faults are signals, and doors before the peers that the tests can shut. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../test/support/free-port.ts';
import type { FabricConnection } from '../connection.ts';
import type { BedFaults, BedOrg, BedRole, FabricBed } from '../testing/bed.ts';
import { Door } from '../testing/door.ts';
import { chaincodeName, type Network, type NetworkOptions, openNetwork, peerName, removeNetwork } from './network.ts';
import { programsIn } from './programs.ts';
import { type OrdererPlace, type OrgPlace, PORTS } from './topology.ts';

export type RealBedOptions = Pick<NetworkOptions, 'ordering' | 'signaturePolicy'>;

/** A new network, made of the programs in `folder`, that goes away with the bed. */
export async function openRealBed(folder: string, options: RealBedOptions = {}): Promise<RealBed> {
  const dir = mkdtempSync(join(tmpdir(), 'lamplight-fabric-'));
  const ports = await freePorts(PORTS[options.ordering ?? 'raft'].length);
  const programs = programsIn(folder);
  const network = await openNetwork({ ...options, dir, programs, ports, nowMs: Date.now, say: () => undefined });
  const doors = new Map(network.topology.orgs.map(({ mspId, port }) => [mspId, new Door(port)]));
  for (const door of doors.values()) await door.open();
  return new RealBed(dir, network, doors);
}

export class RealBed implements FabricBed {
  readonly faults: BedFaults;
  readonly #dir: string;
  readonly #network: Network;
  readonly #doors: ReadonlyMap<string, Door>;
  #thaw: NodeJS.Timeout | undefined;

  constructor(dir: string, network: Network, doors: ReadonlyMap<string, Door>) {
    this.#dir = dir;
    this.#network = network;
    this.#doors = doors;
    this.faults = this.#makeFaults();
  }

  async connection(org: BedOrg, role: BedRole): Promise<FabricConnection> {
    const endpoint = this.#doors.get(org)!.address;
    return { ...(await this.#network.connection(this.#place(org), role)), endpoint };
  }

  get orderers(): readonly OrdererPlace[] {
    return this.#network.topology.orderers;
  }
  /** Ends orderers as a power cut does. */
  async killOrderers(which = this.orderers): Promise<void> {
    await Promise.all(which.map(({ name }) => this.#network.processes.kill(name)));
  }
  async startOrderers(which = this.orderers): Promise<void> {
    await Promise.all(which.map((orderer) => this.#network.startOrderer(orderer)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#thaw);
    for (const door of this.#doors.values()) await door.close();
    await removeNetwork(this.#dir);
  }

  #makeFaults(): BedFaults {
    const network = this.#network;
    const { processes } = network;
    return {
      freezeOrderer: async (forMs) => {
        this.#signalOrderers('SIGSTOP');
        this.#thaw = setTimeout(() => this.#signalOrderers('SIGCONT'), forMs);
      },
      killPeer: (org) => processes.kill(peerName(org)),
      startPeer: (org) => network.startPeer(this.#place(org)),
      killChaincode: (org) => processes.kill(chaincodeName(org)),
      startChaincode: (org) => network.startChaincode(this.#place(org)),
      network: async (is) => {
        for (const door of this.#doors.values()) await (is === 'down' ? door.close() : door.open());
      },
    };
  }

  #signalOrderers(signal: NodeJS.Signals): void {
    for (const { name } of this.orderers) this.#network.processes.signal(name, signal);
  }

  #place(org: BedOrg): OrgPlace {
    return this.#network.topology.orgs.find(({ mspId }) => mspId === org)!;
  }
}
