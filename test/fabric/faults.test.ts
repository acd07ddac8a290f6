// SPDX-License-Identifier: Apache-2.0
/** The fault list of the ledger on Fabric, on the bench peer. */
import { BenchNetwork } from '../../ledger/fabric/testing/bench-network.ts';
import { fabricFaults } from './suites/faults.ts';

const program = new URL('../../ledger/fabric/chaincode/server.ts', import.meta.url);
fabricFaults('Fabric, on the bench peer', () => BenchNetwork.start({ program }), { freezeMs: 800 });
