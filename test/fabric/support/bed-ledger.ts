// SPDX-License-Identifier: Apache-2.0
/** The ledger on a bed as a gateway, or an administrator, of one organisation opens it. */

import { systemTimers } from '../../../gateway/timers.ts';
import { bytesToHex } from '../../../ledger/codec/hex.ts';
import type { Organisation } from '../../../ledger/contract/testing/world.ts';
import { ed25519Sign } from '../../../ledger/crypto/ed25519.ts';
import { nodeCrypto } from '../../../ledger/crypto/node.ts';
import type { FabricConnection } from '../../../ledger/fabric/connection.ts';
import { type FabricLedger, type FabricLedgerOptions, openFabricLedger } from '../../../ledger/fabric/index.ts';
import type { BedOrg, BedRole } from '../../../ledger/fabric/testing/bed.ts';
import { leafHash } from '../../../ledger/merkle/hash.ts';
import { MemoryTree } from '../../../ledger/merkle/memory-tree.ts';

/** The role of an organisation's one gateway. */
export function gatewayOf(organisation: Organisation): BedRole {
  return { role: 'gateway', deviceId: bytesToHex(organisation.device) };
}

export interface BedLedgerOptions extends Partial<FabricLedgerOptions> {
  readonly connection: FabricConnection;
  readonly directory: string;
}

/** Opens it with real time and the organisation's own keys. */
export function openBedLedger(organisation: Organisation, options: BedLedgerOptions): Promise<FabricLedger> {
  const { device, gatewayKey, vkey } = organisation;
  return openFabricLedger({
    signing: { org: organisation.org, device, sign: (message) => ed25519Sign(message, gatewayKey) },
    log: { vkey, consistencyProof: async (from, to) => growingTree(to).consistencyProof(from) },
    nowMs: Date.now,
    timers: systemTimers(),
    random: Math.random,
    ...options,
  });
}

/** The names of the entries of the log that the suites grow: its head is any number of them. */
export function entriesOf(size: number): string[] {
  return Array.from({ length: size }, (_, i) => `entry ${i}`);
}

export function headOf(organisation: Organisation, size: number): { size: number; note: string } {
  return { size, note: organisation.note(entriesOf(size)) };
}

/** An MSP id that a bed knows. */
export function bedOrg({ org }: Organisation): BedOrg {
  if (org !== 'HospMSP' && org !== 'RegMSP') throw new Error(`no bed has ${org}`);
  return org;
}

function growingTree(size: number): MemoryTree {
  const { sha256 } = nodeCrypto;
  return new MemoryTree(
    sha256,
    entriesOf(size).map((entry) => leafHash(sha256, Buffer.from(entry))),
  );
}
