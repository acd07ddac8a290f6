// SPDX-License-Identifier: Apache-2.0
/** The whole data path with the ledger on Fabric: on the real programs of Hyperledger Fabric. */
import { fabricDataPath } from './suites/data-path.ts';
import { onRealNetwork } from './support/real-network.ts';

onRealNetwork((openBed) => fabricDataPath('the data path on Fabric, on a real network', openBed));
