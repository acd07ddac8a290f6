// SPDX-License-Identifier: Apache-2.0
/** The fault list of the ledger on Fabric, on the real programs of Hyperledger Fabric. */
import { fabricFaults } from './suites/faults.ts';
import { onRealNetwork } from './support/real-network.ts';

/** A peer gives the orderer 30 s. */
const FREEZE_MS = 32_000;

onRealNetwork((openBed) => fabricFaults('Fabric, on a real network', openBed, { freezeMs: FREEZE_MS }));
