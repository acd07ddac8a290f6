// SPDX-License-Identifier: Apache-2.0
/** What a suite needs of a Fabric network to run on it: the bench peer of this folder, or the real programs of Hyperledger. */
import type { FabricConnection } from '../connection.ts';

export type BedOrg = 'HospMSP' | 'RegMSP';
/** Who connects: the attributes of the certificate. A device id is in hex. */
export type BedRole = { readonly role: 'admin' } | { readonly role: 'gateway'; readonly deviceId: string };

export interface FabricBed extends AsyncDisposable {
  /** A way in through the peer of `org`, with a certificate made for `role`. */
  connection(org: BedOrg, role: BedRole): Promise<FabricConnection>;
  readonly faults: BedFaults;
}

/** Each resolves when the fault, or its end, is in effect. */
export interface BedFaults {
  /** The orderer answers nobody for so long, at the latest from the next envelope on; what it was handed meanwhile, it orders afterwards. */
  freezeOrderer(forMs: number): Promise<void>;
  killPeer(org: BedOrg): Promise<void>;
  startPeer(org: BedOrg): Promise<void>;
  killChaincode(org: BedOrg): Promise<void>;
  startChaincode(org: BedOrg): Promise<void>;
  /** `down`: no client reaches any peer. */
  network(is: 'down' | 'up'): Promise<void>;
}
