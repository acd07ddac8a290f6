// SPDX-License-Identifier: Apache-2.0
/** The contract on Fabric keeps what it keeps everywhere: on the bench peer, with the real client and the real chaincode servers. */
import { BenchNetwork } from '../../ledger/fabric/testing/bench-network.ts';
import { fabricConformance } from './suites/conformance.ts';

const program = new URL('../../ledger/fabric/chaincode/server.ts', import.meta.url);
fabricConformance('Fabric, on the bench peer', () => BenchNetwork.start({ program }));
