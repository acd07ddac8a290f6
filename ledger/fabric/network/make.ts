// SPDX-License-Identifier: Apache-2.0
/** Makes a network: keys and certificates, the channel's first block, configuration, then the steps that need it running. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FabricError } from '../errors.ts';
import { createAuthority, issue } from '../testing/x509.ts';
import { SEALED } from '../wire.ts';
import { collections, configtx, cryptoConfig, PROFILE } from './channel-config.ts';
import { coreYaml, ordererYaml } from './node-config.ts';
import { chaincodePackage } from './package.ts';
import type { Places } from './places.ts';
import type { Programs } from './programs.ts';
import { HOST, type OrgPlace, type Topology } from './topology.ts';
import { eventually } from './wait.ts';

export interface Making {
  readonly topology: Topology;
  readonly places: Places;
  readonly programs: Programs;
  readonly nowMs: () => number;
  /** Gets one line per step. */
  readonly say: (line: string) => void;
}

const LABEL = 'lamplight_1';
const PRIVATE_MODE = 0o600;

/** Everything that is made before the first program runs. */
export async function makeFiles(making: Making): Promise<void> {
  const { topology, places, programs, say } = making;
  say('keys and certificates');
  await writeJson(places.in('crypto-config.yaml'), cryptoConfig(topology));
  await programs.run('cryptogen', [
    'generate',
    `--config=${places.in('crypto-config.yaml')}`,
    `--output=${places.in('crypto')}`,
  ]);
  say(`first block of channel ${topology.channel}`);
  await writeJson(places.in('configtx.yaml'), configtx(topology, places));
  const channel = ['-profile', PROFILE, '-channelID', topology.channel, '-outputBlock', places.block];
  await makeBlock(making, [...channel, '-configPath', places.dir]);
  await writeJson(places.in('collections.json'), collections(topology, SEALED));
  // A copy: the folder must do by itself, also in a container.
  const builder = places.in('builder');
  await cp(fileURLToPath(new URL('builder', import.meta.url)), builder, { recursive: true });
  for (const orderer of topology.orderers)
    await writeJson(places.in(orderer.name, 'orderer.yaml'), ordererYaml(orderer, topology, places));
  for (const org of topology.orgs) {
    await writeJson(places.in(org.mspId, 'core.yaml'), coreYaml(org, places, builder));
    await makePackage(org, making);
  }
}

/** Rejects with FABRIC_PROGRAMS_NO_BFT if the programs make no channel with such orderers. */
async function makeBlock({ topology, programs }: Making, args: readonly string[]): Promise<void> {
  try {
    await programs.run('configtxgen', args);
  } catch (error) {
    if (topology.ordering === 'raft' || !(error instanceof FabricError)) throw error;
    // Their version is no proof: programs that somebody built himself name none.
    throw new FabricError('FABRIC_PROGRAMS_NO_BFT', undefined, { cause: error });
  }
}

/** Joins orderers and peers to the channel. */
export async function joinChannel({ topology, places, programs, say }: Making): Promise<void> {
  const { channel, orderers, orgs } = topology;
  say(`orderers and peers join channel ${channel}`);
  for (const { adminPort } of orderers) {
    const how = [
      'channel',
      'join',
      '--channelID',
      channel,
      '--config-block',
      places.block,
      '-o',
      `${HOST}:${adminPort}`,
    ];
    const said = await programs.run('osnadmin', how);
    // It ends with 0 also when the orderer refuses.
    if (!said.includes('Status: 201')) throw new FabricError('FABRIC_PROGRAM_FAILED', `osnadmin channel join: ${said}`);
  }
  for (const org of orgs) await asAdmin(programs, places, org, ['channel', 'join', '-b', places.block]);
}

/** Installs the packages, lets every organisation approve, and commits the definition of the chaincode. */
export async function defineChaincode({ topology, places, programs, say }: Making): Promise<void> {
  const { channel, chaincode, orderers, orgs, signaturePolicy } = topology;
  const orderer = ['-o', `${HOST}:${orderers[0]!.port}`, '--tls', '--cafile', places.ordererTlsRoot];
  const collection = ['--collections-config', places.in('collections.json')];
  const policy = signaturePolicy ? ['--signature-policy', signaturePolicy] : [];
  const definition = ['-C', channel, '-n', chaincode, '-v', '1', '--sequence', '1', ...collection, ...policy];
  for (const org of orgs) {
    say(`${org.mspId} installs and approves the chaincode`);
    await asAdmin(programs, places, org, ['lifecycle', 'chaincode', 'install', places.package(org)]);
    const id = await readFile(join(places.chaincode(org), 'package-id'), 'utf8');
    const approve = ['lifecycle', 'chaincode', 'approveformyorg', ...orderer, ...definition, '--package-id', id];
    // The orderers first elect a leader.
    await eventually(`approval of ${org.mspId}`, () => asAdmin(programs, places, org, approve));
  }
  say('both commit its definition');
  const peers = orgs.flatMap((org) => [
    '--peerAddresses',
    `${HOST}:${org.port}`,
    '--tlsRootCertFiles',
    places.tlsRoot(org),
  ]);
  const commit = ['lifecycle', 'chaincode', 'commit', ...orderer, ...definition, ...peers];
  await eventually('the definition of the chaincode', () => asAdmin(programs, places, orgs[0]!, commit));
}

async function makePackage(org: OrgPlace, { places, nowMs }: Making): Promise<void> {
  const authority = createAuthority(`chaincode.${org.domain}`, nowMs());
  const server = issue(authority, { commonName: 'chaincode', hosts: [HOST, 'localhost'] }, nowMs());
  const client = issue(authority, { commonName: 'peer', hosts: ['localhost'] }, nowMs());
  const address = `${HOST}:${org.serverPort}`;
  const { bytes, id } = chaincodePackage(LABEL, {
    address,
    rootPem: authority.certificatePem,
    clientCertificatePem: client.certificatePem,
    clientKeyPem: client.privateKeyPem,
  });
  const files = {
    address,
    'package-id': id,
    'ca.crt': authority.certificatePem,
    'server.crt': server.certificatePem,
    'server.key': server.privateKeyPem,
  };
  for (const [name, text] of Object.entries(files)) await writePrivate(join(places.chaincode(org), name), text);
  await writePrivate(places.package(org), bytes);
}

/** Runs the peer's command line as the administrator of an organisation. */
async function asAdmin(programs: Programs, places: Places, org: OrgPlace, args: readonly string[]): Promise<string> {
  return programs.run('peer', args, {
    FABRIC_CFG_PATH: places.in(org.mspId),
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_ADDRESS: `${HOST}:${org.port}`,
    CORE_PEER_LOCALMSPID: org.mspId,
    CORE_PEER_MSPCONFIGPATH: places.adminMsp(org),
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_ROOTCERT_FILE: places.tlsRoot(org),
  });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writePrivate(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

async function writePrivate(path: string, bytes: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, bytes, { mode: PRIVATE_MODE });
}
