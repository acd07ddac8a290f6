// SPDX-License-Identifier: Apache-2.0
/**
 * A Fabric network of one orderer or four, two organisations with a peer each, and their chaincode servers, as plain processes on this machine.
 * What it is lies in one folder: `network.json`, keys, configuration, data, logs, and the files that name its processes.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FabricConnection } from '../connection.ts';
import { FabricError } from '../errors.ts';
import type { BedRole } from '../testing/bed.ts';
import { benchClient } from '../testing/bench-client.ts';
import { authorityFrom, issue } from '../testing/x509.ts';
import { PURGE } from '../wire.ts';
import { defineChaincode, joinChannel, type Making, makeFiles } from './make.ts';
import { Places } from './places.ts';
import { type Launch, Processes } from './processes.ts';
import type { Programs } from './programs.ts';
import { HOST, type OrdererPlace, type Orderers, type OrgPlace, PORTS, type Topology, topologyOf } from './topology.ts';
import { eventually, isHealthy, isListening, until } from './wait.ts';

export interface NetworkOptions extends Pick<Making, 'nowMs' | 'say'> {
  /** Absolute. */
  readonly dir: string;
  readonly programs: Programs;
  /** Default: those of the network that exists, raft for one that is made. */
  readonly ordering?: Orderers | undefined;
  /** For a network that is made; one that exists keeps its own. */
  readonly ports?: readonly number[];
  /** Of the chaincode, as `Topology` has it. */
  readonly signaturePolicy?: string | undefined;
}

/** A network that exists says so in `network.json`; `isMade` is written last. */
interface Description {
  /** Absent: raft, from before there was a choice. */
  readonly ordering?: Orderers;
  readonly ports: readonly number[];
  readonly isMade: boolean;
}

const SERVER = fileURLToPath(new URL('../chaincode/server.ts', import.meta.url));

/** Starts the network in the folder, and first makes it if there is none. Rejects with the FABRIC_ codes. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { dir, signaturePolicy } = options;
  const held = descriptionIn(dir);
  const { ordering = 'raft', ports = PORTS[ordering] } = held?.isMade ? held : options;
  if (ordering !== (options.ordering ?? ordering))
    throw new FabricError('FABRIC_FOLDER_FOREIGN', `a network with ${ordering} orderers`);
  const topology = topologyOf({ ordering, ports, signaturePolicy });
  const network = new Network({ ...options, topology, places: new Places(dir, topology) });
  if (held?.isMade) {
    await network.start();
    return network;
  }
  // What a broken attempt left is of no use, and its processes would hold the ports.
  if (held) await removeNetwork(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  await describe(dir, { ordering, ports, isMade: false });
  try {
    await network.make();
  } catch (error) {
    await network.stop();
    throw error;
  }
  await describe(dir, { ordering, ports, isMade: true });
  return network;
}

/** Ends the processes of the network in the folder, if there is one. */
export async function stopNetwork(dir: string): Promise<void> {
  if (descriptionIn(dir)) await new Processes(dir).stopAll();
}

/** Stops it and removes all that it is. */
export async function removeNetwork(dir: string): Promise<void> {
  if (!descriptionIn(dir)) return;
  await stopNetwork(dir);
  rmSync(dir, { recursive: true });
}

export class Network {
  readonly processes: Processes;
  readonly topology: Topology;
  readonly #making: Making;

  constructor(making: Making) {
    this.#making = making;
    this.topology = making.topology;
    this.processes = new Processes(making.places.dir);
  }

  async make(): Promise<void> {
    await makeFiles(this.#making);
    await this.#startNodes();
    await joinChannel(this.#making);
    for (const org of this.topology.orgs) await this.startChaincode(org);
    await defineChaincode(this.#making);
    await this.#waitForChaincode();
    for (const org of this.topology.orgs) await this.#writeConnection(org, 'admin', { role: 'admin' });
  }

  async start(): Promise<void> {
    await this.#startNodes();
    for (const org of this.topology.orgs) await this.startChaincode(org);
    await this.#waitForChaincode();
  }

  async stop(): Promise<void> {
    await this.processes.stopAll();
  }

  async startOrderer({ name, port, adminPort, operationsPort }: OrdererPlace): Promise<void> {
    const { programs, places } = this.#making;
    const env = { FABRIC_CFG_PATH: places.in(name), FABRIC_LOGGING_SPEC: 'warning' };
    const launch = { command: programs.daemon('orderer'), args: [], env };
    await this.#up(name, launch, [port, adminPort, operationsPort], () => isHealthy(operationsPort));
  }

  async startPeer({ mspId, port, chaincodePort, operationsPort }: OrgPlace): Promise<void> {
    const { programs, places } = this.#making;
    const env = { FABRIC_CFG_PATH: places.in(mspId), FABRIC_LOGGING_SPEC: 'warning' };
    const launch = { command: programs.daemon('peer'), args: ['node', 'start'], env };
    const ports = [port, chaincodePort, operationsPort];
    await this.#up(peerName(mspId), launch, ports, () => isHealthy(operationsPort));
  }

  async startChaincode(org: OrgPlace): Promise<void> {
    const { places } = this.#making;
    const args = [SERVER, '--folder', places.chaincode(org)];
    const env = { CORE_CHAINCODE_LOGGING_LEVEL: 'critical' };
    const launch = { command: process.execPath, args, env };
    await this.#up(chaincodeName(org.mspId), launch, [org.serverPort], () => isListening(org.serverPort));
  }

  /** A way in through the organisation's peer, under a new certificate of its authority. */
  async connection(org: OrgPlace, role: BedRole): Promise<FabricConnection> {
    const { places, nowMs, topology } = this.#making;
    const [certificate, key] = await Promise.all(places.authority(org).map((file) => readFile(file, 'utf8')));
    const commonName = `${role.role === 'admin' ? role.role : role.deviceId}@${org.domain}`;
    const subject = { commonName, unit: 'client', attributes: { ...role } };
    return {
      endpoint: `${HOST}:${org.port}`,
      serverName: `peer0.${org.domain}`,
      tlsRootPem: await readFile(places.tlsRoot(org), 'utf8'),
      mspId: org.mspId,
      ...issue(authorityFrom(certificate!, key!), subject, nowMs()),
      channel: topology.channel,
      chaincode: topology.chaincode,
    };
  }

  /** Writes a connection file and gives its path. */
  async writeGatewayConnection(org: OrgPlace, deviceId: string): Promise<string> {
    return this.#writeConnection(org, `gateway-${deviceId}`, { role: 'gateway', deviceId });
  }

  async #writeConnection(org: OrgPlace, name: string, role: BedRole): Promise<string> {
    const folder = this.#making.places.in('connections');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${org.mspId}-${name}.json`);
    const text = `${JSON.stringify(await this.connection(org, role), undefined, 2)}\n`;
    await writeFile(path, text, { mode: 0o600 });
    this.#making.say(`connection file ${path}`);
    return path;
  }

  /** Starts a program that listens at these ports, and waits for it. */
  async #up(name: string, launch: Launch, ports: readonly number[], isUp: () => Promise<boolean>): Promise<void> {
    if (this.processes.isAlive(name)) return;
    // Whoever else answers there would be taken for ours.
    for (const port of ports)
      if (await isListening(port)) throw new FabricError('FABRIC_NOT_READY', `another program has port ${port}`);
    this.processes.start(name, launch);
    await until(name, async () => {
      if (!this.processes.isAlive(name)) throw new FabricError('FABRIC_NOT_READY', `${name} has ended`);
      return isUp();
    });
  }

  async #startNodes(): Promise<void> {
    this.#making.say('orderers and peers start');
    await Promise.all([
      ...this.topology.orderers.map((orderer) => this.startOrderer(orderer)),
      ...this.topology.orgs.map((org) => this.startPeer(org)),
    ]);
  }

  /** Until all endorse what each peer is asked for: chaincode servers answer, and peers know of one another. Nothing is submitted. */
  async #waitForChaincode(): Promise<void> {
    const { orgs } = this.topology;
    this.#making.say('all endorse through each peer');
    const options = { arguments: [new Uint8Array(32)], endorsingOrganizations: orgs.map(({ mspId }) => mspId) };
    for (const org of orgs) {
      using client = benchClient(await this.connection(org, { role: 'admin' }));
      await eventually(`endorsement through ${org.mspId}`, () => client.contract.newProposal(PURGE, options).endorse());
    }
  }
}

export const peerName = (mspId: string): string => `peer-${mspId}`;
export const chaincodeName = (mspId: string): string => `chaincode-${mspId}`;

/** Undefined for a folder that is absent or empty. Throws FABRIC_FOLDER_FOREIGN for one that holds something else. */
function descriptionIn(dir: string): Description | undefined {
  const file = join(dir, 'network.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Description;
  if (existsSync(dir) && readdirSync(dir).length > 0) throw new FabricError('FABRIC_FOLDER_FOREIGN');
  return undefined;
}

async function describe(dir: string, description: Description): Promise<void> {
  await writeFile(join(dir, 'network.json'), `${JSON.stringify(description)}\n`, { mode: 0o600 });
}
