// SPDX-License-Identifier: Apache-2.0
/** The contract on Fabric keeps what it keeps everywhere: on the real programs of Hyperledger Fabric. */
import { fabricConformance } from './suites/conformance.ts';
import { onRealNetwork } from './support/real-network.ts';

onRealNetwork((openBed) => fabricConformance('Fabric, on a real network', openBed));
