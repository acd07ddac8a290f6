// SPDX-License-Identifier: Apache-2.0
/** What cryptogen and configtxgen are told. All of it is JSON, which is YAML as well. */
import { join } from 'node:path';
import type { Places } from './places.ts';
import { HOST, type Orderers, type OrgPlace, type Topology } from './topology.ts';

const SANS = [HOST, 'localhost'];
const CAPABILITIES = { Orderer: { V2_0: true }, Application: { V2_5: true } };
/** Below V3_0 no channel has SmartBFT orderers; above V2_0 none can be joined by a peer of 2.5. */
const CHANNEL_CAPABILITY = { raft: { V2_0: true }, bft: { V3_0: true } } as const satisfies Record<Orderers, unknown>;
/** A checkpoint a minute per gateway: a block half a second after its first transaction is soon enough. */
const BATCH = {
  BatchTimeout: '500ms',
  BatchSize: { MaxMessageCount: 500, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
};
const RAFT_OPTIONS = {
  TickInterval: '500ms',
  ElectionTick: 10,
  HeartbeatTick: 1,
  MaxInflightBlocks: 5,
  SnapshotIntervalSize: '16 MB',
};

/** They cut blocks by these limits and not by those of BATCH; the waits are shorter than Fabric's, so that a dead leader is replaced soon. */
const BFT_OPTIONS = {
  RequestBatchMaxCount: 500,
  RequestBatchMaxBytes: 10_000_000,
  RequestBatchMaxInterval: '500ms',
  IncomingMessageBufferSize: 200,
  RequestPoolSize: 10_000,
  RequestForwardTimeout: '2s',
  RequestComplainTimeout: '5s',
  RequestAutoRemoveTimeout: '3m',
  ViewChangeResendInterval: '2s',
  ViewChangeTimeout: '10s',
  LeaderHeartbeatTimeout: '10s',
  LeaderHeartbeatCount: 10,
  CollectTimeout: '1s',
};
export const PROFILE = 'Lamplight';

export function cryptoConfig({ ordererDomain, orderers, orgs }: Topology): unknown {
  const Specs = orderers.map(({ name }) => ({ Hostname: name, SANS }));
  return {
    OrdererOrgs: [{ Name: 'Orderer', Domain: ordererDomain, EnableNodeOUs: true, Specs }],
    PeerOrgs: orgs.map(({ mspId, domain }) => ({
      Name: mspId,
      Domain: domain,
      EnableNodeOUs: true,
      Template: { Count: 1, SANS },
      Users: { Count: 0 },
    })),
  };
}

export function configtx(topology: Topology, places: Places): unknown {
  const { ordering, orgs } = topology;
  const members = {
    Readers: implicit('ANY Readers'),
    Writers: implicit('ANY Writers'),
    Admins: implicit('MAJORITY Admins'),
  };
  const majority = implicit('MAJORITY Endorsement');
  return {
    Profiles: {
      [PROFILE]: {
        Policies: members,
        Capabilities: CHANNEL_CAPABILITY[ordering],
        Orderer: {
          ...consensus(topology, places),
          ...BATCH,
          MaxChannels: 0,
          Organizations: [ordererOrg(topology, places)],
          Policies: { ...members, BlockValidation: implicit('ANY Writers') },
          Capabilities: CAPABILITIES.Orderer,
        },
        Application: {
          Organizations: orgs.map((org) => peerOrg(org, places)),
          Policies: { ...members, LifecycleEndorsement: majority, Endorsement: majority },
          Capabilities: CAPABILITIES.Application,
        },
      },
    },
  };
}

/** Who holds the sealed details: both organisations. Whether they may be read by others is a matter of their key. */
export function collections({ orgs }: Topology, name: string): unknown {
  const policy = signatures(orgs.map(({ mspId }) => `${mspId}.member`));
  return [
    {
      name,
      policy: policy.Rule,
      // Every endorser gets the details from the client itself, so no peer waits for another.
      requiredPeerCount: 0,
      maxPeerCount: orgs.length - 1,
      blockToLive: 0,
      memberOnlyRead: true,
      memberOnlyWrite: true,
    },
  ];
}

/** Who orders, and how they agree. */
function consensus({ ordering, ordererMspId, orderers }: Topology, places: Places): object {
  const consenters = orderers.map((orderer) => {
    const certificate = join(places.orderer(orderer), 'tls', 'server.crt');
    return { Host: HOST, Port: orderer.port, ClientTLSCert: certificate, ServerTLSCert: certificate };
  });
  if (ordering === 'raft')
    return { OrdererType: 'etcdraft', EtcdRaft: { Consenters: consenters, Options: RAFT_OPTIONS } };
  const ConsenterMapping = consenters.map((consenter, index) => ({
    ...consenter,
    ID: index + 1,
    MSPID: ordererMspId,
    Identity: places.ordererIdentity(orderers[index]!),
  }));
  return { OrdererType: 'BFT', SmartBFT: BFT_OPTIONS, ConsenterMapping };
}

function ordererOrg({ ordererMspId, orderers }: Topology, places: Places): unknown {
  const member = signatures([`${ordererMspId}.member`]);
  return {
    Name: ordererMspId,
    ID: ordererMspId,
    MSPDir: join(places.ordererOrg, 'msp'),
    Policies: { Readers: member, Writers: member, Admins: signatures([`${ordererMspId}.admin`]) },
    OrdererEndpoints: orderers.map(({ port }) => `${HOST}:${port}`),
  };
}

function peerOrg(org: OrgPlace, places: Places): unknown {
  const { mspId, port } = org;
  const is = (...roles: readonly string[]) => signatures(roles.map((role) => `${mspId}.${role}`));
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: join(places.org(org), 'msp'),
    Policies: {
      Readers: is('admin', 'peer', 'client'),
      Writers: is('admin', 'client'),
      Admins: is('admin'),
      Endorsement: is('peer'),
    },
    AnchorPeers: [{ Host: HOST, Port: port }],
  };
}

function implicit(rule: string) {
  return { Type: 'ImplicitMeta', Rule: rule };
}

function signatures(principals: readonly string[]) {
  return { Type: 'Signature', Rule: `OR(${principals.map((principal) => `'${principal}'`).join(',')})` };
}
