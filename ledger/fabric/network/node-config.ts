// SPDX-License-Identifier: Apache-2.0
/** The configuration of an orderer and of a peer: the smallest that works with Fabric 2.5 and 3.1. All of it is JSON, which is YAML as well. */
import { join } from 'node:path';
import type { Places } from './places.ts';
import { HOST, type OrdererPlace, type OrgPlace, type Topology } from './topology.ts';

export function ordererYaml(orderer: OrdererPlace, { ordererMspId }: Topology, places: Places): unknown {
  const tls = join(places.orderer(orderer), 'tls');
  const data = places.in('data', orderer.name);
  return {
    General: {
      ListenAddress: HOST,
      ListenPort: orderer.port,
      TLS: {
        Enabled: true,
        PrivateKey: join(tls, 'server.key'),
        Certificate: join(tls, 'server.crt'),
        RootCAs: [join(tls, 'ca.crt')],
      },
      BootstrapMethod: 'none',
      LocalMSPDir: join(places.orderer(orderer), 'msp'),
      LocalMSPID: ordererMspId,
      BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } },
      Cluster: { SendBufferSize: 100 },
      Authentication: { TimeWindow: '15m' },
    },
    FileLedger: { Location: join(data, 'ledger') },
    Consensus: { WALDir: join(data, 'wal'), SnapDir: join(data, 'snap') },
    // Without TLS, and so on loopback only.
    Admin: { ListenAddress: `${HOST}:${orderer.adminPort}` },
    Operations: { ListenAddress: `${HOST}:${orderer.operationsPort}` },
    Metrics: { Provider: 'disabled' },
    // Without a size the limit is 0, and no channel can be joined.
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '1 MB' },
  };
}

export function coreYaml(org: OrgPlace, places: Places, builder: string): unknown {
  return {
    peer: peerSection(org, places),
    // No endpoint: chaincode never runs in Docker.
    vm: { endpoint: '' },
    chaincode: {
      externalBuilders: [{ name: 'service', path: builder }],
      installTimeout: '300s',
      startuptimeout: '60s',
      executetimeout: '30s',
      mode: 'net',
      keepalive: 0,
      system: { _lifecycle: 'enable', cscc: 'enable', lscc: 'enable', qscc: 'enable' },
      logging: { level: 'warning' },
    },
    ledger: {
      state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
      history: { enableHistoryDatabase: true },
      snapshots: { rootDir: places.in('data', org.mspId, 'snapshots') },
      // Without this section every write of private data fails.
      pvtdataStore: {
        collElgProcMaxDbBatchSize: 5000,
        collElgProcDbBatchesInterval: 1000,
        deprioritizedDataReconcilerInterval: '60m',
        purgeInterval: 100,
        purgedKeyAuditLogging: true,
      },
    },
    operations: { listenAddress: `${HOST}:${org.operationsPort}` },
    metrics: { provider: 'disabled' },
  };
}

function peerSection(org: OrgPlace, places: Places): unknown {
  const address = `${HOST}:${org.port}`;
  const tls = join(places.peer(org), 'tls');
  return {
    id: `peer0.${org.domain}`,
    networkId: 'lamplight',
    listenAddress: address,
    address,
    chaincodeListenAddress: `${HOST}:${org.chaincodePort}`,
    chaincodeAddress: `${HOST}:${org.chaincodePort}`,
    localMspId: org.mspId,
    localMspType: 'bccsp',
    mspConfigPath: join(places.peer(org), 'msp'),
    fileSystemPath: places.in('data', org.mspId),
    gateway: { enabled: true, endorsementTimeout: '30s', broadcastTimeout: '30s', dialTimeout: '30s' },
    gossip: gossip(address),
    tls: {
      enabled: true,
      cert: { file: join(tls, 'server.crt') },
      key: { file: join(tls, 'server.key') },
      rootcert: { file: join(tls, 'ca.crt') },
    },
    authentication: { timewindow: '15m' },
    BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } },
    client: { connTimeout: '3s' },
    deliveryclient: { reconnectTotalTimeThreshold: '3600s', connTimeout: '3s', reConnectBackoffThreshold: '5s' },
    handlers: {
      authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }],
      decorators: [{ name: 'DefaultDecorator' }],
      endorsers: { escc: { name: 'DefaultEndorsement' } },
      validators: { vscc: { name: 'DefaultValidation' } },
    },
    discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1000, authCachePurgeRetentionRatio: 0.75 },
    limits: { concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 500 } },
  };
}

function gossip(address: string): unknown {
  return {
    bootstrap: address,
    endpoint: address,
    externalEndpoint: address,
    // Each organisation has one peer, which asks the orderer itself.
    useLeaderElection: false,
    orgLeader: true,
    // Peers of other organisations are looked for this often: a peer that comes late would wait 25 s to be known.
    reconnectInterval: '2s',
    pvtData: {
      pushAckTimeout: '3s',
      transientstoreMaxBlockRetention: 1000,
      pullRetryThreshold: '60s',
      btlPullMargin: 10,
      reconcileBatchSize: 10,
      reconcileSleepInterval: '1m',
      reconciliationEnabled: true,
      skipPullingInvalidTransactionsDuringCommit: false,
      implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
    },
  };
}
