// SPDX-License-Identifier: Apache-2.0
/** What the channel enforces, on the real programs of Hyperledger Fabric. */
import { fabricPolicies } from './suites/policies.ts';
import { onRealNetwork } from './support/real-network.ts';

onRealNetwork((openBed) => fabricPolicies('Fabric, on a real network', openBed));
