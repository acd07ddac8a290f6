// SPDX-License-Identifier: Apache-2.0
/** Where the programs of a real Fabric network are, for suites that need one, and which orderers it has. */
import { afterAll, describe, it } from 'vitest';
import { openRealBed, type RealBed } from '../../../ledger/fabric/network/real-bed.ts';
import type { Orderers } from '../../../ledger/fabric/network/topology.ts';

export type OpenRealBed = (signaturePolicy?: string) => Promise<RealBed>;

/**
 * Declares what `suite` declares if FABRIC_BIN names Fabric's programs; otherwise one skipped test that says what to do.
 * LAMPLIGHT_FABRIC_ORDERERS says which orderers the networks have (`raft`, the default, or `bft`).
 */
export function onRealNetwork(suite: (openBed: OpenRealBed, ordering: Orderers) => void): void {
  const folder = process.env['FABRIC_BIN'];
  if (!folder) {
    describe('a real Fabric network', () => {
      it.skip("is not here: put Fabric's programs, release 2.5.16, into a folder and name it in FABRIC_BIN", () =>
        undefined);
    });
    return;
  }
  const ordering = orderingOf(process.env['LAMPLIGHT_FABRIC_ORDERERS'] ?? 'raft');
  const beds: RealBed[] = [];
  // Its processes would outlive a suite that failed before it could close the bed.
  afterAll(async () => {
    for (const bed of beds) await bed[Symbol.asyncDispose]();
  });
  suite(async (signaturePolicy) => {
    const bed = await openRealBed(folder, { ordering, signaturePolicy });
    beds.push(bed);
    return bed;
  }, ordering);
}

function orderingOf(text: string): Orderers {
  if (text === 'raft' || text === 'bft') return text;
  throw new RangeError('LAMPLIGHT_FABRIC_ORDERERS is raft or bft');
}
