// SPDX-License-Identifier: Apache-2.0
/** What no bench can show: a whole network that loses power and comes back with what its disks hold. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RealBed } from '../../ledger/fabric/network/real-bed.ts';
import { onRealNetwork } from './support/real-network.ts';
import { Ward } from './support/ward.ts';

/** Far above what it takes: raft elects within 5 s, and a client looks again after a second or two. */
const RECOVERY_MS_MAX = 30_000;
const ORGS = ['HospMSP', 'RegMSP'] as const;

onRealNetwork((openBed) => {
  describe('a power cut of a real network', () => {
    let bed: RealBed;
    let ward: Ward;
    beforeAll(async () => {
      bed = await openBed();
      ward = await Ward.found(bed);
    });
    afterAll(async () => ward?.[Symbol.asyncDispose]());

    it('loses nothing that was committed, and takes what waited meanwhile, once', async () => {
      await using ledger = await ward.open();
      const [before, during] = [ward.access(), ward.access()];
      expect(await ledger.host.submit(before.signed)).toEqual({ kind: 'accepted' });
      await bed.killOrderers();
      for (const org of ORGS) await Promise.all([bed.faults.killPeer(org), bed.faults.killChaincode(org)]);
      const { answer } = ledger.host.enqueue(during.signed);
      const startedMs = performance.now();
      await Promise.all([
        bed.startOrderers(),
        ...ORGS.flatMap((org) => [bed.faults.startPeer(org), bed.faults.startChaincode(org)]),
      ]);
      expect(await answer).toEqual({ kind: 'accepted' });
      expect(performance.now() - startedMs).toBeLessThan(RECOVERY_MS_MAX);
      expect(ledger.counters()).toMatchObject({ waiting: 0 });
      expect(await ward.timesOf([before.id, during.id])).toEqual([1, 1]);
    });
  });
});
