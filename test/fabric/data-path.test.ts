// SPDX-License-Identifier: Apache-2.0
/** The whole data path with the ledger on Fabric: on the bench peer, with the real client and the real chaincode servers. */
import { BenchNetwork } from '../../ledger/fabric/testing/bench-network.ts';
import { fabricDataPath } from './suites/data-path.ts';

const program = new URL('../../ledger/fabric/chaincode/server.ts', import.meta.url);
fabricDataPath('the data path on Fabric, on the bench peer', () => BenchNetwork.start({ program }));
