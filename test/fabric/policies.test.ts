// SPDX-License-Identifier: Apache-2.0
/** What the channel enforces, on the bench peer. */
import { BenchNetwork } from '../../ledger/fabric/testing/bench-network.ts';
import { fabricPolicies } from './suites/policies.ts';

const program = new URL('../../ledger/fabric/chaincode/server.ts', import.meta.url);
fabricPolicies('Fabric, on the bench peer', () => BenchNetwork.start({ program }));
